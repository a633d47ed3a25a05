// The guard on nftables. One loop compares what is wanted with what was applied and makes the most urgent
// step: the whole table where the kernel's state is not known; otherwise the difference, then a renewal, then
// a check whether somebody else changed the table. While it exists, nothing else in this agent changes the
// table.

import type { Cidr } from '@mesh/wg';
import type { RunNft } from '../nft/run-nft.ts';
import { TunnelError, type TunnelErrorCode } from '../port/tunnel-error.ts';
import {
  changesBetween,
  differ,
  elementsOf,
  type GuardElements,
  NOBODY,
  withoutAddresses,
} from './guard-elements.ts';
import { type GuardTable, tableName } from './guard-table.ts';
import type { GuardState, GuardWanted, LeaseGuard } from './lease-guard.ts';
import { renderChange, renderRemoval, renderRenewal, renderWhole } from './render-nft.ts';

export type GuardNote =
  | { readonly kind: 'failed'; readonly code: string; readonly message: string }
  | { readonly kind: 'recovered' }
  /** Somebody else changed or removed the table; it is written again. */
  | { readonly kind: 'altered' };

/** The parts of the host's clock and timers that a guard needs. */
export interface GuardClock {
  /** Milliseconds since boot, with the time that the machine slept. */
  bootMs(): number;
  /** Milliseconds that never go back; their zero means nothing. */
  monotonicMs(): number;
}

export interface GuardTimers {
  /** `background`: the timer keeps no process alive. Returns the function that cancels the timer. */
  setTimer(ms: number, fn: () => void, options: { readonly background: boolean }): () => void;
}

export interface NftGuardOptions {
  readonly table: GuardTable;
  readonly nft: RunNft;
  readonly clock: GuardClock;
  readonly timers: GuardTimers;
  /** How often the table is compared with what was written. */
  readonly verifyMs: number;
  readonly note: (note: GuardNote) => void;
}

interface Wanted {
  readonly elements: GuardElements;
  readonly endsAtBootMs: number;
}

interface Applied extends Wanted {
  /** When all its elements were last given their time together. */
  readonly sinceBootMs: number;
  /** The table's text without elements, as read after our own last change of it. */
  readonly structure: string;
  readonly verifiedAtMs: number;
}

const MIN_GAP_MS = 1_000;
const MAX_RETRY_MS = 30_000;
/**
 * The share of the elements' time after which a renewal is due. An agent that is killed leaves them as they
 * are, so the agent that starts next has up to that much less of the lease.
 */
const RENEW_AFTER = 1 / 12;
/** A lease whose end moves by no more than this is not worth a call of its own. */
const TOLERANCE_MS = 20;

export class NftGuard implements LeaseGuard {
  readonly kind = 'nftables';
  readonly #options: NftGuardOptions;
  #wanted: Wanted | undefined;
  #applied: Applied | undefined;
  #failure: { readonly code: TunnelErrorCode; readonly message: string } | undefined;
  #failures = 0;
  #renewedAtMs = Number.NEGATIVE_INFINITY;
  #running: Promise<void> = Promise.resolve();
  #busy = false;
  #cancelTimer: () => void = () => undefined;
  #stopped = false;

  constructor(options: NftGuardOptions) {
    this.#options = options;
  }

  apply({ peers, endsAtBootMs }: GuardWanted): Promise<void> {
    this.#wanted = { elements: elementsOf(peers), endsAtBootMs };
    return this.#run();
  }

  removeNow(addresses: readonly Cidr[]): Promise<void> {
    const known = this.#wanted;
    if (known === undefined) return Promise.resolve();
    this.#wanted = { ...known, elements: withoutAddresses(known.elements, addresses) };
    return this.#run();
  }

  state(): GuardState {
    if (this.#failure !== undefined) return { kind: 'failed', ...this.#failure };
    if (this.#applied === undefined) return { kind: 'idle' };
    const { elements, endsAtBootMs } = this.#applied;
    const endsInMs = Math.max(0, endsAtBootMs - this.#options.clock.bootMs());
    return { kind: 'applied', addresses: endsInMs === 0 ? 0 : elements.size, endsInMs };
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelTimer();
  }

  async down(): Promise<void> {
    this.stop();
    await this.#running;
    await this.#options.nft.apply(renderRemoval(this.#options.table));
    this.#applied = undefined;
  }

  /**
   * One loop at a time. A call during a running loop resolves when that loop has done what was wanted last.
   */
  #run(): Promise<void> {
    if (this.#busy) return this.#running;
    this.#busy = true;
    this.#running = this.#loop();
    return this.#running;
  }

  async #loop(): Promise<void> {
    this.#cancelTimer();
    let napMs: number | undefined;
    while (napMs === undefined && !this.#stopped) {
      const step = this.#nextStep();
      napMs =
        step.kind === 'wait'
          ? step.ms
          : await step.run().then(
              () => this.#succeeded(),
              (error: unknown) => this.#failed(error),
            );
    }
    // Nothing is awaited between the last look at what is wanted and this line, so no new wish is missed.
    this.#busy = false;
    if (napMs !== undefined) this.#wakeIn(napMs);
  }

  #wakeIn(ms: number): void {
    this.#cancelTimer();
    if (this.#stopped || ms === Number.POSITIVE_INFINITY) return;
    this.#cancelTimer = this.#options.timers.setTimer(ms, () => void this.#run(), { background: true });
  }

  #nextStep(): { kind: 'wait'; ms: number } | { kind: 'do'; run: () => Promise<void> } {
    const wanted = this.#wantedNow();
    if (wanted === undefined) return { kind: 'wait', ms: Number.POSITIVE_INFINITY };
    const applied = this.#applied;
    if (applied === undefined) return { kind: 'do', run: () => this.#applyWhole(wanted) };
    if (differ(wanted.elements, applied.elements)) {
      return { kind: 'do', run: () => this.#applyChange(wanted, applied) };
    }
    const { clock, verifyMs } = this.#options;
    const renewInMs = this.#renewalDueIn(wanted, applied);
    if (renewInMs <= 0) return { kind: 'do', run: () => this.#renew(wanted, applied) };
    const verifyInMs = applied.verifiedAtMs + verifyMs - clock.monotonicMs();
    if (verifyInMs <= 0) return { kind: 'do', run: () => this.#verify(applied) };
    return { kind: 'wait', ms: Math.min(renewInMs, verifyInMs) };
  }

  /** After the end of the lease nobody passes. */
  #wantedNow(): Wanted | undefined {
    if (this.#wanted === undefined || this.#leftMs(this.#wanted) > 0) return this.#wanted;
    return { ...this.#wanted, elements: NOBODY };
  }

  #leftMs({ endsAtBootMs }: Wanted): number {
    return endsAtBootMs - this.#options.clock.bootMs();
  }

  #renewalDueIn(wanted: Wanted, applied: Applied): number {
    if (wanted.elements.size === 0) return Number.POSITIVE_INFINITY;
    const gainMs = wanted.endsAtBootMs - applied.endsAtBootMs;
    if (Math.abs(gainMs) <= TOLERANCE_MS) return Number.POSITIVE_INFINITY;
    const { clock } = this.#options;
    const nowMs = clock.bootMs();
    // A lease that became shorter applies at once.
    if (gainMs < 0) return 0;
    const givenMs = applied.endsAtBootMs - applied.sinceBootMs;
    const dueMs = applied.sinceBootMs + givenMs * RENEW_AFTER - nowMs;
    return Math.max(dueMs, this.#renewedAtMs + MIN_GAP_MS - clock.monotonicMs());
  }

  async #applyWhole(wanted: Wanted): Promise<void> {
    const { table, nft } = this.#options;
    const timing = this.#timing(wanted);
    await nft.apply(
      renderWhole(table, [...wanted.elements.values()], this.#leftMs(wanted), {
        replace: this.#failures > 0,
      }),
    );
    this.#applied = { ...wanted, ...timing, structure: await this.#readStructure() };
  }

  async #applyChange(wanted: Wanted, applied: Applied): Promise<void> {
    const { table, nft } = this.#options;
    const changes = changesBetween(applied.elements, wanted.elements);
    // The other elements keep their earlier end, and new ones must not be renewed later than those.
    const endsAtBootMs =
      applied.elements.size === 0 ? wanted.endsAtBootMs : Math.min(applied.endsAtBootMs, wanted.endsAtBootMs);
    const timing = applied.elements.size === 0 ? this.#timing(wanted) : undefined;
    await nft.apply(renderChange(table, changes, this.#leftMs({ ...wanted, endsAtBootMs })));
    const structure = changes.put.some(({ limit }) => limit !== undefined)
      ? await this.#readStructure()
      : applied.structure;
    this.#applied = { ...applied, ...timing, elements: wanted.elements, endsAtBootMs, structure };
  }

  async #renew(wanted: Wanted, applied: Applied): Promise<void> {
    const { table, nft } = this.#options;
    const timing = this.#timing(wanted);
    this.#renewedAtMs = this.#options.clock.monotonicMs();
    await nft.apply(renderRenewal(table, [...wanted.elements.values()], this.#leftMs(wanted)));
    this.#applied = { ...applied, ...wanted, sinceBootMs: timing.sinceBootMs };
  }

  async #verify(applied: Applied): Promise<void> {
    const found = await this.#readStructure().catch(() => undefined);
    if (found === applied.structure) {
      this.#applied = { ...applied, verifiedAtMs: this.#options.clock.monotonicMs() };
      return;
    }
    this.#applied = undefined;
    this.#failures = Math.max(1, this.#failures);
    this.#options.note({ kind: 'altered' });
  }

  #timing(wanted: Wanted) {
    const { clock } = this.#options;
    return {
      endsAtBootMs: wanted.endsAtBootMs,
      sinceBootMs: clock.bootMs(),
      verifiedAtMs: clock.monotonicMs(),
    };
  }

  #readStructure(): Promise<string> {
    const { nft, table } = this.#options;
    return nft.list('-t', 'list', 'table', 'inet', tableName(table.interfaceName));
  }

  #succeeded(): undefined {
    if (this.#applied === undefined) return;
    this.#failures = 0;
    if (this.#failure === undefined) return;
    this.#failure = undefined;
    this.#options.note({ kind: 'recovered' });
  }

  /** @returns after how many milliseconds to try again */
  #failed(error: unknown): number {
    const known = error instanceof TunnelError;
    const code = known ? error.code : 'unexpected_answer';
    const message = known ? error.message : 'the guard failed in an unexpected way';
    this.#applied = undefined;
    this.#failures += 1;
    if (this.#failure === undefined) this.#options.note({ kind: 'failed', code, message });
    this.#failure = { code, message };
    // At a first failure somebody else has most likely removed the table: writing it again at once repairs
    // that.
    return this.#failures === 1 ? 0 : Math.min(MAX_RETRY_MS, 500 * 2 ** this.#failures);
  }
}
