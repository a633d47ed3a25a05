// The guard on nftables. One loop compares what is wanted with what was applied and takes the most urgent
// step: next-guard-step.ts chooses it. While a guard exists, nothing else in its process may change its
// table.

import type { Cidr } from '@mesh/wg';
import type { RunNft } from '../nft/run-nft.ts';
import { TunnelError, type TunnelErrorCode } from '../port/tunnel-error.ts';
import { changesBetween, elementsOf, type GuardElements, withoutAddresses } from './guard-elements.ts';
import { type GuardTable, tableName } from './guard-table.ts';
import type { GuardedPeer, GuardState, GuardWanted, LeaseGuard, Restrictions } from './lease-guard.ts';
import { type Applied, type GuardStep, nextGuardStep, type Wanted } from './next-guard-step.ts';
import { needsChain, renderChange, renderRemoval, renderRenewal, renderWhole } from './render-nft.ts';
import { NO_RESTRICTIONS, restrictionsIn } from './restrictions-in.ts';

export type GuardNote =
  | { readonly kind: 'failed'; readonly code: string; readonly message: string }
  | { readonly kind: 'recovered' }
  /** Another program changed or removed the table. It is written again. */
  | { readonly kind: 'altered' };

export interface GuardClock {
  /** Milliseconds since boot. They include the time while the machine slept. */
  bootMs(): number;
  /** Milliseconds since any fixed point. They never go back. */
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
  /** The time from one comparison of the table with what was written to the next. */
  readonly verifyMs: number;
  readonly note: (note: GuardNote) => void;
}

const MAX_RETRY_MS = 30_000;

export class NftGuard implements LeaseGuard {
  readonly kind = 'nftables';
  readonly #options: NftGuardOptions;
  #wanted: Wanted | undefined;
  /** The peers that `#wanted` was made from; undefined after a removal that came ahead of them. */
  #peers: readonly GuardedPeer[] | undefined;
  #applied: Applied | undefined;
  #restrictions: { readonly elements: GuardElements; readonly found: Restrictions } | undefined;
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
    const known = peers === this.#peers ? this.#wanted?.elements : undefined;
    this.#wanted = { elements: known ?? elementsOf(peers), endsAtBootMs };
    this.#peers = peers;
    return this.#run();
  }

  removeNow(addresses: readonly Cidr[]): Promise<void> {
    const known = this.#wanted;
    if (known === undefined) return Promise.resolve();
    this.#wanted = { ...known, elements: withoutAddresses(known.elements, addresses) };
    this.#peers = undefined;
    return this.#run();
  }

  state(): GuardState {
    if (this.#failure !== undefined) return { kind: 'failed', ...this.#failure };
    if (this.#applied === undefined) return { kind: 'idle' };
    const { elements, endsAtBootMs } = this.#applied;
    const endsInMs = Math.max(0, endsAtBootMs - this.#options.clock.bootMs());
    return { kind: 'applied', addresses: endsInMs === 0 ? 0 : elements.size, endsInMs };
  }

  restrictions(): Restrictions {
    const elements = this.#applied?.elements;
    if (elements === undefined) return NO_RESTRICTIONS;
    if (this.#restrictions?.elements !== elements)
      this.#restrictions = { elements, found: restrictionsIn(elements) };
    return this.#restrictions.found;
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

  /** Runs one loop at a time. A call while it runs resolves when the loop has done what was wanted last. */
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
          : await this.#take(step).then(
              () => this.#succeeded(),
              (error: unknown) => this.#failed(error),
            );
    }
    // No `await` comes between the last look at what is wanted and this line, so no new wish is missed.
    this.#busy = false;
    if (napMs !== undefined) this.#wakeIn(napMs);
  }

  #wakeIn(ms: number): void {
    this.#cancelTimer();
    if (this.#stopped || ms === Number.POSITIVE_INFINITY) return;
    this.#cancelTimer = this.#options.timers.setTimer(ms, () => void this.#run(), { background: true });
  }

  #nextStep(): GuardStep {
    const { clock, verifyMs } = this.#options;
    const moment = {
      bootMs: clock.bootMs(),
      monotonicMs: clock.monotonicMs(),
      renewedAtMs: this.#renewedAtMs,
    };
    return nextGuardStep(this.#wanted, this.#applied, moment, verifyMs);
  }

  #take(step: Exclude<GuardStep, { readonly kind: 'wait' }>): Promise<void> {
    switch (step.kind) {
      case 'write':
        return this.#applyWhole(step.wanted);
      case 'change':
        return this.#applyChange(step.wanted, step.applied);
      case 'renew':
        return this.#renew(step.wanted, step.applied);
      case 'verify':
        return this.#verify(step.applied);
    }
  }

  #leftMs({ endsAtBootMs }: Wanted): number {
    return endsAtBootMs - this.#options.clock.bootMs();
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
    // The other elements keep their earlier end. New ones get the same end, so one renewal is in time for
    // all.
    const endsAtBootMs =
      applied.elements.size === 0 ? wanted.endsAtBootMs : Math.min(applied.endsAtBootMs, wanted.endsAtBootMs);
    const timing = applied.elements.size === 0 ? this.#timing(wanted) : undefined;
    await nft.apply(renderChange(table, changes, this.#leftMs({ ...wanted, endsAtBootMs })));
    const structure = changes.put.some(needsChain) ? await this.#readStructure() : applied.structure;
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

  /** @returns the milliseconds until the next try */
  #failed(error: unknown): number {
    const known = error instanceof TunnelError;
    const code = known ? error.code : 'unexpected_answer';
    const message = known ? error.message : 'the guard failed in an unexpected way';
    this.#applied = undefined;
    this.#failures += 1;
    if (this.#failure === undefined) this.#options.note({ kind: 'failed', code, message });
    this.#failure = { code, message };
    // At a first failure, another program has most likely removed the table. Writing it at once repairs that.
    return this.#failures === 1 ? 0 : Math.min(MAX_RETRY_MS, 500 * 2 ** this.#failures);
  }
}
