// What the tests of faults share: a mesh on real WireGuard with a meter on every pair, and functions that ask
// about it.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSocketFetch } from '@mesh/host';
import {
  countLoss,
  createLab,
  type Lab,
  type LabNode,
  type Mesh,
  type MeshHost,
  type MeshOptions,
  type Meters,
  SPARSE_RATE,
  startMesh,
  startMeters,
  until,
} from '../../lab/index.ts';

export const EPOCH_SECONDS = 4;
export const INTERFACE = 'lab0';
/** How often a tool is run to wait for something. */
const TOOL_EVERY_MS = 250;

export interface TrialOptions<Name extends string> {
  readonly prefix: string;
  readonly subnet: string;
  readonly names: readonly Name[];
  /** Hosts without a node of the mesh. */
  readonly otherHosts?: readonly string[];
  /** Opens epochs until every node is in. For long epochs, so that nobody waits for their boundary. */
  readonly rotate?: boolean;
  /** Settings that replace the usual ones. Called when the lab exists. */
  readonly settings?: (workDir: string, lab: Lab) => Promise<TrialSettings<Name>> | TrialSettings<Name>;
}

type TrialSettings<Name extends string> = Partial<MeshOptions<Name>>;

/** The parts of `mesh-agent status` that these tests use. */
export interface Status {
  readonly allowed: boolean | null;
  readonly epoch_id: number | null;
  readonly config_version: string | null;
  readonly lease_left_ms: number;
  readonly interface_up: boolean;
  readonly tunnel_failure: { readonly since: string; readonly code: string } | null;
  readonly controller: {
    readonly reachable: boolean;
    readonly clock_offset_ms: number | null;
    readonly clock_uncertainty_ms: number | null;
  };
  readonly other_instance: { readonly role: string; readonly instance_id: string | null } | null;
  readonly peers: readonly { readonly node_id: string; readonly on_interface: boolean }[];
  readonly overlaps: readonly {
    readonly kind: string;
    readonly prefix: string;
    readonly interface: string | null;
    readonly table: string;
    readonly handled: string;
    readonly peers: readonly string[];
  }[];
  readonly last_submission: { readonly outcome: string; readonly at: string } | null;
  readonly events: readonly {
    readonly atMs: number;
    readonly event: { readonly type: string } & Record<string, unknown>;
  }[];
}

export type Trial<Name extends string> = Awaited<ReturnType<typeof openTrial<Name>>>;

/** Resolves when every node is in and packets pass between every two of them. */
export async function openTrial<const Name extends string>(options: TrialOptions<Name>) {
  const { prefix, subnet, names, otherHosts = [], rotate = false, settings } = options;
  const workDir = mkdtempSync(join(tmpdir(), `${prefix}-`));
  const lab: Lab = await createLab({ prefix, nodes: ['controller', ...names, ...otherHosts], subnet });
  let mesh: Mesh<Name> | undefined;
  let meters: Meters<string> | undefined;
  const close = async () => {
    // Nobody needs the meters any more, so packets on their way need not arrive before the mesh ends.
    await Promise.all([meters?.stop(), mesh?.stop()]);
    await lab.destroy();
    rmSync(workDir, { recursive: true, force: true });
  };
  try {
    const hosts = Object.fromEntries(names.map((name): [string, MeshHost] => [name, lab.node(name)]));
    mesh = await startMesh<Name>({
      controllerHost: lab.node('controller'),
      hosts: hosts as Record<Name, MeshHost>,
      workDir,
      epochSeconds: EPOCH_SECONDS,
      benchmarkSeconds: 20,
      leaseSeconds: 60,
      tunnel: 'userspace',
      ...(await settings?.(workDir, lab)),
    });
    const trial = { workDir, lab, mesh, close, ...questionsTo(lab, mesh, () => needed(meters)) };
    const addressOf = (name: Name): [string, string] => [name, trial.mesh.node(name).address];
    [meters] = await Promise.all([
      startMeters(lab, { addresses: Object.fromEntries(names.map(addressOf)), rate: SPARSE_RATE }),
      rotate ? trial.untilAdmittedByHand(names) : undefined,
      ...names.map((name) => trial.untilMembership(name, 'ALLOWED')),
    ]);
    await Promise.all(names.map(trial.publicKey));
    await trial.untilFlowing(names);
    return trial;
  } catch (error) {
    await close();
    throw error;
  }
}

function questionsTo<Name extends string>(lab: Lab, mesh: Mesh<Name>, meters: () => Meters<string>) {
  const streamsOf = (names: readonly string[]) =>
    meters().all.filter(({ from, to }) => names.includes(from) && names.includes(to));
  /** Public keys never change, so they are known even while no controller answers. */
  const publicKeys = new Map<Name, string>();
  const publicKey = async (name: Name) => {
    const known = publicKeys.get(name) ?? String((await mesh.admin.node(name)).wg_public_keys.a);
    publicKeys.set(name, known);
    return known;
  };
  const keys = (name: Name) => presharedKeys(lab.node(name));
  /** Several that wait for the keys of a node share one run of the tool. */
  const shown = new Map<Name, Promise<Map<string, string>>>();
  const sharedKeys = (name: Name) => {
    const asked = shown.get(name) ?? keys(name).finally(() => shown.delete(name));
    shown.set(name, asked);
    return asked;
  };
  return {
    status: (name: Name): Promise<Status> =>
      statusAt(join(fileSystemOf(lab.node(name)), mesh.node(name).stateDir, 'control.sock')),
    publicKey,
    /** The preshared keys by the peer's public key, as the real tool shows them. */
    keys,
    untilMembership: (name: Name, wanted: string) =>
      until(`${name} is ${wanted}`, 90_000, async () =>
        (await mesh.admin.node(name)).membership === wanted ? true : undefined,
      ),
    /** Asks for epochs as soon as every node has a benchmark, until every node is in. */
    untilAdmittedByHand: (names: readonly Name[]) =>
      until('every node to be admitted', 90_000, async () => {
        const nodes = await Promise.all(names.map((name) => mesh.admin.node(name)));
        if (nodes.every(({ last_benchmark }) => last_benchmark !== null)) await mesh.admin.rotate();
        return nodes.every(({ membership }) => membership === 'ALLOWED') ? true : undefined;
      }),
    /** Resolves with the preshared key of both ends, when they have the same one and it is not `old`. */
    untilSameKey: async (one: Name, other: Name, old: string | undefined, timeoutMs: number) => {
      const [keyOfOne, keyOfOther] = await Promise.all([publicKey(one), publicKey(other)]);
      return until(
        `${one} and ${other} hold one new key`,
        timeoutMs,
        async () => {
          const [atOne, atOther] = await Promise.all([sharedKeys(one), sharedKeys(other)]);
          const psk = atOne.get(keyOfOther);
          return psk !== undefined && psk !== old && psk === atOther.get(keyOfOne) ? psk : undefined;
        },
        TOOL_EVERY_MS,
      );
    },
    /**
     * Waits until packets pass, in both directions of each of these pairs.
     *
     * @returns when they did, by the wall clock
     */
    untilFlowing: (names: readonly Name[], sinceMs = 0, timeoutMs = 60_000) =>
      until(`packets between ${names.join(', ')}`, timeoutMs, () => {
        const firsts = streamsOf(names).map(
          (stream) => stream.arrivals().findLast(({ sentAtMs }) => sentAtMs >= sinceMs)?.atMs ?? 0,
        );
        return firsts.length > 0 && firsts.every((atMs) => atMs > Math.max(sinceMs, Date.now() - 500))
          ? Date.now()
          : undefined;
      }),
    /** Opens an epoch. Resolves when it, or another new one, is in force. */
    nextEpoch: async () => {
      const { epoch_id: before } = await mesh.admin.epoch();
      await until('a new epoch in force', 60_000, async () => {
        if ((await mesh.admin.epoch()).epoch_id > before) return true;
        await mesh.admin.rotate(); // while one is pending, this opens none
        return undefined;
      });
    },
    /** The arrivals in both directions. */
    arrivalsBetween: (one: Name, other: Name) =>
      streamsOf([one, other]).flatMap((stream) => stream.arrivals()),
    /** When the newest packet that arrived, from or at this node, was sent. */
    lastSent: (name: Name) =>
      meters()
        .all.filter(({ from, to }) => from === name || to === name)
        .flatMap((stream) => stream.arrivals())
        .reduce((newestMs, { sentAtMs }) => Math.max(newestMs, sentAtMs), 0),
    /** The packets between these nodes from `fromMs` to now. */
    loss: (names: readonly Name[], fromMs: number) => countLoss(streamsOf(names), fromMs, Date.now()),
  };
}

export function untilMs(what: string, atMs: number): Promise<true> {
  return until(what, Math.max(0, atMs - Date.now()) + 5_000, () => (Date.now() >= atMs ? true : undefined));
}

/** The path by which this process sees the host's own mounts. */
export function fileSystemOf(host: LabNode): string {
  return `/proc/${host.pid}/root`;
}

/** What an agent says about itself over its control socket. */
export async function statusAt(socket: string): Promise<Status> {
  const fetch = createSocketFetch(socket, { maxSockets: 1 });
  try {
    return (await (await fetch('http://agent/v1/status')).json()) as Status;
  } finally {
    fetch.close();
  }
}

async function presharedKeys(host: LabNode): Promise<Map<string, string>> {
  const { stdout } = await host.exec('wg', ['show', INTERFACE, 'preshared-keys']);
  const lines = stdout.split('\n').filter((line) => line !== '');
  return new Map(lines.map((line) => line.split('\t') as [string, string]));
}

/** The wireguard-go of a host's only interface. */
export function wireguardGoOf(host: LabNode): number {
  const found = host.processes().filter((pid) => commandOf(pid) === 'wireguard-go');
  const [pid] = found;
  if (pid === undefined || found.length > 1) throw new Error(`${found.length} wireguard-go on ${host.name}`);
  return pid;
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return '';
  }
}

function needed<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the meters have not been started');
  return value;
}
