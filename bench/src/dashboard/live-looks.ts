// What a look of the live state costs in a mesh of 10,000 nodes with 100 peers each, of which some report
// between two looks: as it is, and as it would be if each look took all nodes and each report had an age for
// every node of the mesh.

import { AppliedReports, type NodeRecord } from '@mesh/membership';
import { encodeBase64, formatRfc3339, type NodeId, parseNodeId } from '@mesh/primitives';
import type { AppliedMessage, LiveNode } from '@mesh/protocol';
import { liveNodeOf } from '../../../apps/controller/src/http/respond/live/live-nodes.ts';
import { LiveRows, type LiveRowsPorts } from '../../../apps/controller/src/http/respond/live/live-rows.ts';
import { type Versioned, versioned } from '../../../apps/controller/src/http/respond/live/versioned.ts';

const PEERS = 100;
/** Every node reports within this many looks: twice a second, in 30 seconds. */
const LOOKS_PER_ROUND = 60;
const START_MS = 1_900_000_000_000;

export interface LookCosts {
  /** Milliseconds of one look, the median. */
  readonly lookMs: number;
  /** Of all reports together, in mebibytes of base64. */
  readonly reportsMib: number;
}

/** @param size how many nodes the mesh has @param looks how many looks are measured */
export function measureLooks(
  size: number,
  looks: number,
): { readonly changed: LookCosts; readonly all: LookCosts } {
  const mesh = makeMesh(size);
  const rows = new LiveRows(mesh.ports);
  const every = new EveryNode(mesh.ports);
  rows.look(0);
  every.look(0);
  const [changedMs, allMs]: [number[], number[]] = [[], []];
  for (let version = 1; version <= looks; version += 1) {
    mesh.reportSome(version);
    allMs.push(timeOf(() => every.look(version)));
    changedMs.push(
      timeOf(() => {
        rows.look(version);
        rows.changedSince(version - 1);
      }),
    );
  }
  const packed = rows
    .changedSince(-1)
    .reduce((sum, { pairs }) => sum + (pairs?.value.tunnels.length ?? 0), 0);
  return {
    changed: { lookMs: median(changedMs), reportsMib: packed / 2 ** 20 },
    all: { lookMs: median(allMs), reportsMib: every.reportBytes / 2 ** 20 },
  };
}

/** As many ages as there are nodes in each report, and all nodes at each look. */
class EveryNode {
  readonly #ports: LiveRowsPorts;
  readonly #numbers = new Map<NodeId, number>();
  readonly #nodes = new Map<NodeId, Versioned<LiveNode>>();
  readonly #reports = new Map<NodeId, { readonly atMs: number; readonly ages: string; version: number }>();

  constructor(ports: LiveRowsPorts) {
    this.#ports = ports;
    let next = 0;
    for (const { nodeId } of ports.view.nodes()) this.#numbers.set(nodeId, next++);
  }

  get reportBytes(): number {
    return [...this.#reports.values()].reduce((sum, { ages }) => sum + ages.length, 0);
  }

  /** @returns what has changed */
  look(version: number): readonly unknown[] {
    for (const node of this.#ports.view.nodes()) {
      const value = liveNodeOf(this.#ports, node, this.#numbers.get(node.nodeId) ?? 0);
      this.#nodes.set(node.nodeId, versioned(this.#nodes.get(node.nodeId), value, version));
    }
    for (const nodeId of this.#numbers.keys()) {
      const report = this.#ports.applied.of(nodeId);
      if (report === undefined || report.receivedAtMs === this.#reports.get(nodeId)?.atMs) continue;
      const ages = new DataView(new ArrayBuffer(this.#numbers.size * 2));
      for (const [peerId, { handshakeAgeMs = 0 }] of report.peers)
        ages.setUint16((this.#numbers.get(peerId) ?? 0) * 2, Math.round(handshakeAgeMs / 1_000) + 2, true);
      const text = encodeBase64(new Uint8Array(ages.buffer));
      this.#reports.set(nodeId, { atMs: report.receivedAtMs, ages: text, version });
    }
    return [...this.#nodes.values(), ...this.#reports.values()].filter((each) => each.version === version);
  }
}

/** Groups of neighbours, each of which has all others of its group as peers. */
function makeMesh(size: number) {
  const ids = Array.from({ length: size }, (_, n) => parseNodeId(`node-${String(n).padStart(5, '0')}`));
  const endpoint = { listen_ports: { a: 51_820 }, advertise: ['192.0.2.1'] };
  const parts = { class: 'default', status: 'active', endpoint } as unknown as NodeRecord;
  const nodes = new Map(ids.map((nodeId) => [nodeId, { ...parts, nodeId }]));
  const applied = new AppliedReports();
  let nowMs = START_MS;
  const report = (n: number): void => {
    const first = n - (n % PEERS);
    const peers = ids.slice(first, first + PEERS).filter((_, at) => first + at !== n);
    const message = {
      node_id: ids[n],
      sequence: nowMs,
      sent_at: formatRfc3339(nowMs),
      epoch_id: 1,
      peers: peers.map((id, at) => ({
        node_id: id,
        epoch_id: 1,
        handshake_age_ms: ((n + at) % 120) * 1_000,
      })),
    };
    applied.take(message as unknown as AppliedMessage, nowMs);
  };
  const standing = { membership: 'ALLOWED', reason: 'its score is good', reasonCode: 'ok', declining: false };
  // The parts of a controller that a look asks, with the cheapest answers that there are.
  const ports = {
    view: { nodes: () => nodes.values(), node: (id: NodeId) => nodes.get(id) },
    standing: () => standing,
    addresses: { networks: [] },
    pairLimits: { of: () => [], probationUntil: () => undefined },
    publication: { version: () => ({ epochId: 1 }) },
    applied,
    clock: { nowMs: () => nowMs, monotonicMs: () => nowMs },
  } as unknown as LiveRowsPorts;
  for (let n = 0; n < size; n += 1) report(n);
  const some = Math.ceil(size / LOOKS_PER_ROUND);
  return {
    ports,
    reportSome: (look: number): void => {
      nowMs += 500;
      for (let count = 0; count < some; count += 1) report((look * some + count) % size);
    },
  };
}

function timeOf(work: () => void): number {
  const startedMs = performance.now();
  work();
  return performance.now() - startedMs;
}

const median = (values: readonly number[]): number =>
  [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
