// A mesh in memory. It runs commands and folds events as the journal does, without a disk.

import { createHash } from 'node:crypto';
import type { Command, CommandContext, EnrolmentRules, InFlight, MeshEvent, Outcome } from '@mesh/membership';
import {
  applyEvent,
  createToken,
  enrolNode,
  freezeEpoch,
  lastEpochId,
  MeshDraft,
  MeshState,
  type NodeRecord,
  submitBenchmark,
} from '@mesh/membership';
import {
  defined,
  encodeBase64,
  formatRfc3339,
  parseEpochId,
  parseIdentityKey,
  parseMeshId,
  parseNodeId,
  type Sha256Hex,
  sha256Hex,
} from '@mesh/primitives';
import type { BenchmarkMessage, TokenId } from '@mesh/protocol';
import { type BrakeSettings, type Policy, parsePolicy } from '@mesh/scoring';
import { parseIpAddress } from '@mesh/wg';

export const NOW = Date.UTC(2030, 0, 1, 12);
export const sha256 = (text: string): Sha256Hex => sha256Hex(createHash('sha256').update(text).digest());
/** 32 bytes that only look like a key, in strict base64. */
export const fakeKey = (text: string): string =>
  encodeBase64(new Uint8Array(createHash('sha256').update(text).digest()));

export class Mesh {
  readonly state = new MeshState(parseMeshId('testmesh'));
  policy: Policy = parsePolicy({});
  nowMs = NOW;
  stalenessWaived = false;
  /** Undefined: there is no brake. */
  brake: BrakeSettings | undefined;
  inFlight: InFlight | undefined;
  /** Undefined: no drift signal begins a probation. */
  probationEpochs: number | undefined;
  readonly events: MeshEvent[] = [];

  context(): CommandContext {
    return {
      nowMs: this.nowMs,
      policy: this.policy,
      stalenessWaived: this.stalenessWaived,
      ...defined({
        brake: this.brake,
        inFlight: this.inFlight,
        probationEpochs: this.probationEpochs,
      }),
    };
  }
  run(command: Command): Outcome {
    const outcome = command(this.state, this.context());
    this.apply(...outcome.events);
    return outcome;
  }
  apply(...events: MeshEvent[]): void {
    const draft = new MeshDraft(this.state);
    for (const event of events) applyEvent(draft, event, this.nowMs, this.policy);
    this.state.merge(draft.changes());
    this.events.push(...events);
  }
  node(nodeId: string): NodeRecord {
    const node = this.state.node(nodeId);
    if (node === undefined) throw new Error(`there is no ${nodeId}`);
    return node;
  }

  token(
    tokenId: string,
    over: { uses?: number; class?: string; nodeId?: string; ttlMs?: number; needsApproval?: boolean } = {},
  ) {
    return this.run(
      createToken({
        tokenId: tokenId as TokenId,
        secretHash: sha256(`secret of ${tokenId}`),
        uses: over.uses ?? 1,
        class: over.class ?? 'default',
        nodeId: over.nodeId === undefined ? undefined : parseNodeId(over.nodeId),
        ttlMs: over.ttlMs ?? 3_600_000,
        actor: { kind: 'socket' },
        needsApproval: over.needsApproval ?? false,
      }),
    );
  }
  enrolment(
    nodeId: string,
    tokenId: string,
    over: { identity?: string; a?: string; b?: string; secret?: string; port?: number; from?: string } = {},
    rules?: EnrolmentRules,
  ) {
    const keys = { a: fakeKey(over.a ?? `a of ${nodeId}`) };
    return enrolNode(
      {
        nodeId: parseNodeId(nodeId),
        tokenId: tokenId as TokenId,
        secretHash: sha256(over.secret ?? `secret of ${tokenId}`),
        identityKey: parseIdentityKey(fakeKey(over.identity ?? `identity of ${nodeId}`)),
        wgPublicKeys: over.b === undefined ? keys : { ...keys, b: fakeKey(over.b) },
        endpoint: { listen_ports: { a: over.port ?? 51_820 }, advertise: [] },
        observedAddress: over.from ?? '192.0.2.1',
      },
      (view) => [parseIpAddress(`10.77.0.${view.nodeCount() + 1}`)],
      rules,
    );
  }
  enrol(nodeId: string, over: { class?: string } = {}): NodeRecord {
    this.token(`token-${nodeId}`, over);
    const outcome = this.run(this.enrolment(nodeId, `token-${nodeId}`));
    if (outcome.kind === 'refused') throw new Error(outcome.problem.detail);
    return this.node(nodeId);
  }

  /** One lead from now, but after every epoch that was opened before. */
  #afterNewest(): number {
    return Math.max(this.nowMs + 5_000, (this.state.epochs().at(-1)?.activateAtMs ?? 0) + 1);
  }

  submission(
    nodeId: string,
    scores: number | Record<string, number>,
    over: Partial<BenchmarkMessage> & {
      measuredAtMs?: number;
      sentAtMs?: number;
      challenges?: string[];
    } = {},
  ) {
    const { measuredAtMs, sentAtMs, challenges, ...message } = over;
    return submitBenchmark({
      message: {
        mesh_id: this.state.meshId,
        node_id: parseNodeId(nodeId),
        timestamp: formatRfc3339(measuredAtMs ?? this.nowMs),
        sent_at: formatRfc3339(sentAtMs ?? this.nowMs),
        suite_version: 'test-1',
        sequence: this.node(nodeId).sequences.benchmark + 1,
        instance_id: 'instance-1',
        scores: typeof scores === 'number' ? { overall: scores } : scores,
        signature: encodeBase64(new Uint8Array(64)),
        ...message,
      } as BenchmarkMessage,
      messageSha256: sha256('message'),
      arrivedAtMs: this.nowMs,
      challenges: challenges ?? ['challenge-now', 'challenge-before'],
      ofSecondInstance: false,
    });
  }
  freeze(activateAtMs = this.#afterNewest()): Outcome {
    const epochId = parseEpochId(lastEpochId(this.state) + 1);
    const commitment = `sha256:${sha256(`epoch ${epochId}`)}`;
    return this.run(freezeEpoch({ epochId, activateAtMs, commitment, cause: 'boundary' }));
  }
  /** Enrols a node and admits it. */
  admit(nodeId: string): NodeRecord {
    if (this.state.node(nodeId) === undefined) this.enrol(nodeId);
    this.run(this.submission(nodeId, 0.9));
    this.freeze();
    return this.node(nodeId);
  }
}
