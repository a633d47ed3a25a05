// Makes denials one after the other. It causes a denial, waits until it is in force everywhere, lets the node
// back in, and records the times in milliseconds. The times of arrival come from the controller's log. The
// times of removal come from the agents, and `wg` confirms them. Packets are counted at the end, when all of
// them have arrived.

import { AgentLog, CpuWaits, type Lab, type Mesh, type Meters, until, within } from '@mesh/e2e';
import type { LogPage } from '@mesh/protocol';
import { type AgentState, bringBack, lose } from '../../agent-state.ts';
import { signedRevocation } from '../../officers.ts';
import type { Disturbance } from '../../quiet-windows.ts';
import type { Denial, DenialKind } from './denial.ts';

export interface DenialRoundsOptions<Name extends string> {
  readonly mesh: Mesh<Name>;
  readonly lab: Lab<Name | 'controller'>;
  readonly meters: Meters<Name>;
  readonly names: readonly Name[];
  readonly maxBenchmarkAgeMs: number;
}

type Entry = LogPage['entries'][number];

/** A tunnel that carries nothing for this long, with 25 packets a second offered or more, is closed. */
const SILENT_MS = 300;
/** More than the others may take, so that late removals are measured as well. */
const GIVE_UP_MS = 3_000;
const FLOWING_MS = 100;
const BACK_WITHIN_MS = 60_000;

export class DenialRounds<Name extends string> implements Disposable {
  readonly #options: DenialRoundsOptions<Name>;
  readonly #logs: ReadonlyMap<Name, AgentLog>;
  readonly #publicKeys = new Map<Name, string>();
  /** The nodes that are out of the mesh. */
  readonly #out = new Set<Name>();
  /** The nodes to which something is being done. */
  readonly #disturbed = new Set<Name>();
  readonly #log: Entry[] = [];
  readonly #waits: CpuWaits;
  #reading: Promise<unknown> = Promise.resolve();
  readonly denials: Denial<Name>[] = [];
  readonly disturbances: Disturbance<Name>[] = [];

  constructor(options: DenialRoundsOptions<Name>) {
    this.#options = options;
    const { mesh, names } = options;
    this.#logs = new Map(names.map((name) => [name, new AgentLog(mesh, name)]));
    this.#waits = new CpuWaits(() => [
      mesh.controller.pid,
      ...names.map((name) => mesh.node(name).agent.pid),
    ]);
  }

  /** Ends the observation. */
  [Symbol.dispose](): void {
    this.#waits[Symbol.dispose]();
  }

  /** The controller's log so far. Readings run one at a time: two at once would take the same entries. */
  log(): Promise<readonly Entry[]> {
    const reading = this.#reading.then(async () => {
      this.#log.push(...(await this.#options.mesh.log(this.#log.length)));
      return this.#log;
    });
    this.#reading = reading.catch(() => undefined);
    return reading;
  }

  /**
   * Resolves when the denial is in force, or has not come in time. Before that, it undoes what was done to
   * the agent.
   *
   * @param meanwhile runs until the denial comes by itself
   */
  async deny(
    kind: DenialKind,
    victim: Name,
    state: AgentState,
    meanwhile: () => Promise<void> = async () => undefined,
  ): Promise<Denial<Name>> {
    await this.#untilFlowing(victim);
    this.#note(victim, true);
    await lose(this.#options, victim, state);
    const [denial] = await Promise.all([this.#denied(kind, victim, state), meanwhile()]);
    this.denials.push(denial);
    await bringBack(this.#options, victim, state);
    return denial;
  }

  /** Resolves when the node is in again and its packets flow. */
  async letBack({ kind, victim, state, endedMs }: Denial<Name>): Promise<void> {
    if (kind === 'bad_score') this.#options.mesh.node(victim).become('aligned');
    if (state !== 'running') await this.#untilMeasured(victim, endedMs);
    if (kind === 'quarantine') await this.#options.mesh.admin.release(victim, 'denial scenario');
    this.#out.delete(victim);
    await this.#untilFlowing(victim);
    this.#note(victim, false);
  }

  /**
   * A score from before the agent was lost may still be on its way: it would let the node in and then turn
   * stale.
   */
  async #untilMeasured(victim: Name, sinceMs: number): Promise<void> {
    await until(`${victim} is measured again`, BACK_WITHIN_MS, async () =>
      (await this.log()).findLast(
        ({ entry }) =>
          isOf(entry, 'benchmark_accepted', victim) && timeIn(entry.revealed, 'measured_at') > sinceMs,
      ),
    );
  }

  async #denied(kind: DenialKind, victim: Name, state: AgentState): Promise<Denial<Name>> {
    const { mesh } = this.#options;
    const since = (await this.log()).length;
    // The officers sign before anything is measured: that takes people hours.
    const signed = kind === 'revocation' ? await signedRevocation(mesh.admin, victim) : undefined;
    const askedMs = Date.now();
    if (kind === 'quarantine') await mesh.admin.quarantine(victim, 'denial scenario');
    if (signed !== undefined) await mesh.admin.submitRevocation(signed);
    if (kind === 'bad_score') mesh.node(victim).become('misaligned');
    const denied = await until(`${victim} is denied`, BACK_WITHIN_MS, async () =>
      (await this.log()).slice(since).find(({ entry }) => isOf(entry, 'node_denied', victim)),
    );
    const arrivedMs = this.#arrivedMs(kind, victim, denied) ?? askedMs;
    this.#out.add(victim);
    const { names } = this.#options;
    const removers = names.filter((name) => !this.#disturbed.has(name));
    const peers = names.filter(
      (name) => name !== victim && (removers.includes(name) || (state === 'running' && !this.#out.has(name))),
    );
    const removals = () => new Map(removers.map((name) => [name, this.#removedMs(name, victim, arrivedMs)]));
    await within(`${victim} is off`, GIVE_UP_MS, () => {
      const lastMs = Math.max(...this.#streamsOf(victim, peers).map(lastArrivalMs));
      const isSilent = Date.now() - Math.max(lastMs, arrivedMs) > SILENT_MS;
      return isSilent && [...removals().values()].every((atMs) => atMs !== undefined) ? true : undefined;
    }).catch(() => undefined); // the measurement shows how late it is
    const stillOn = await this.#whereShown(victim, removers);
    const removedMs = removals();
    const deniedMs = timeIn(denied.entry, 'at');
    const controller = mesh.controller.pid;
    const waitsOf = removers.map((name) => {
      const pids = [controller, mesh.node(name).agent.pid];
      return this.#waits.waitedMs(pids, arrivedMs, removedMs.get(name) ?? Date.now());
    });
    return {
      kind,
      victim,
      state,
      arrivedMs,
      index: denied.index,
      deniedMs,
      removedMs,
      waitedMs: Math.max(0, ...waitsOf),
      controllerWaitedMs: this.#waits.waitedMs([controller], arrivedMs, deniedMs),
      peers,
      stillOn,
      endedMs: Date.now(),
    };
  }

  /** When the cause of the denial arrived; undefined for an operator's request. */
  #arrivedMs(kind: DenialKind, victim: Name, denied: Entry): number | undefined {
    if (kind !== 'bad_score' && kind !== 'stale') return undefined;
    const benchmark = this.#log.findLast(
      ({ entry, index }) => index < denied.index && isOf(entry, 'benchmark_accepted', victim),
    );
    const of = (name: string) => timeIn(benchmark?.entry.revealed, name);
    if (kind === 'bad_score') return of('arrived_at');
    // At exactly that age it is still fresh.
    return Math.min(of('measured_at'), of('arrived_at')) + this.#options.maxBenchmarkAgeMs + 1;
  }

  #removedMs(name: Name, victim: Name, sinceMs: number): number | undefined {
    const lines = this.#logs.get(name)?.lines() ?? [];
    return lines.find(
      ({ msg, peer_id, atMs }) => atMs >= Math.floor(sinceMs) && msg === 'peer removed' && peer_id === victim,
    )?.atMs;
  }

  async #whereShown(victim: Name, names: readonly Name[]): Promise<Name[]> {
    const { mesh, lab } = this.#options;
    const key = this.#publicKeys.get(victim) ?? (await mesh.admin.node(victim)).wg_public_keys.a;
    this.#publicKeys.set(victim, key);
    const shown = await Promise.all(
      names.map(async (name) => (await lab.node(name).exec('wg', ['show', 'lab0', 'peers'])).stdout),
    );
    return names.filter((_, at) => shown[at]?.includes(key));
  }

  /**
   * Resolves when every node that is in and hears the controller exchanges packets with the node, in both
   * directions.
   */
  async #untilFlowing(victim: Name): Promise<void> {
    await until(`${victim} flows`, BACK_WITHIN_MS, () => {
      const peers = this.#options.names.filter(
        (name) => name !== victim && !this.#disturbed.has(name) && !this.#out.has(name),
      );
      const sinceMs = Date.now() - FLOWING_MS;
      return this.#streamsOf(victim, peers).every((stream) => lastArrivalMs(stream) > sinceMs)
        ? true
        : undefined;
    });
  }

  #streamsOf(victim: Name, peers: readonly Name[]) {
    const { meters } = this.#options;
    return peers.flatMap((peer) => [meters.between(victim, peer), meters.between(peer, victim)]);
  }

  #note(name: Name, disturbed: boolean): void {
    if (disturbed) this.#disturbed.add(name);
    else this.#disturbed.delete(name);
    this.disturbances.push({ name, atMs: Date.now(), disturbed });
  }
}

function lastArrivalMs(meter: ReturnType<Meters<string>['between']>): number {
  return meter.arrivals().at(-1)?.atMs ?? 0;
}

function isOf(entry: Entry['entry'], type: string, name: string): boolean {
  return entry.type === type && entry.node_id === name;
}

function timeIn(data: unknown, name: string): number {
  return Date.parse((data as Record<string, string> | undefined)?.[name] ?? 'missing');
}
