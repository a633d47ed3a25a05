// Drives the engine for the kind of rotation that the controller asks for, and switches to the other kind
// when a config demands it. A switch closes the tunnels for at most one lead, because the two kinds share no
// session.

import { type Clock, LogField, type Logger, sleep, type Timers } from '@mesh/host';
import type { Rotation } from '@mesh/protocol';
import { messageOf } from '../errors/agent-error.ts';
import { earliestTrouble } from '../events/trouble.ts';
import type { Lease } from '../lease/lease.ts';
import type { HeldConfig } from '../plan/held-config.ts';
import { failureCode } from './one-interface/engine-reports.ts';
import { TunnelTroubles } from './one-interface/tunnel-troubles.ts';
import type { Engine, EngineSnapshot } from './port/engine.ts';

export interface SwitchingEngineOptions {
  /** The kind that an earlier run used, or a guess. The first config decides. */
  readonly rotation: Rotation;
  readonly lease: Lease | undefined;
  /**
   * Removes what the other kind left on the host, and opens an engine of this kind.
   *
   * @throws TunnelError
   */
  readonly open: (rotation: Rotation, lease: Lease | undefined) => Promise<Engine>;
  /** Called when switching begins to fail, fails for another reason, or succeeds after a failure. */
  readonly troubleChanged: () => void;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
}

const RETRY_MS = 5_000;

export class SwitchingEngine implements Engine {
  readonly #options: SwitchingEngineOptions;
  readonly #troubles: TunnelTroubles;
  #current: Engine;
  #rotation: Rotation;
  #config: HeldConfig | undefined;
  #lease: Lease | undefined;
  #change = new AbortController();

  private constructor(options: SwitchingEngineOptions, first: Engine) {
    this.#options = options;
    this.#troubles = new TunnelTroubles(options.clock);
    this.#rotation = options.rotation;
    this.#lease = options.lease;
    this.#current = first;
  }

  /** @throws TunnelError */
  static async open(options: SwitchingEngineOptions): Promise<SwitchingEngine> {
    return new SwitchingEngine(options, await options.open(options.rotation, options.lease));
  }

  get tunnel() {
    return this.#current.tunnel;
  }

  get guard() {
    return this.#current.guard;
  }

  get rotation(): Rotation {
    return this.#rotation;
  }

  heard(leaseSeconds: number, config?: HeldConfig): Lease {
    this.#config = config ?? this.#config;
    this.#lease = this.#current.heard(leaseSeconds, config);
    if (this.#wanted() !== this.#rotation) this.#change.abort();
    return this.#lease;
  }

  /**
   * Takes the removals of an answer that renews no lease: the present one goes on. Without a lease, every
   * peer is off the interface already.
   */
  restrict(config: HeldConfig): void {
    if (this.#lease !== undefined) this.resume(this.#lease, config);
  }

  resume(lease: Lease, config: HeldConfig | undefined): void {
    this.#config = config ?? this.#config;
    this.#lease = lease;
    this.#current.resume(lease, config);
    if (this.#wanted() !== this.#rotation) this.#change.abort();
  }

  snapshot(): EngineSnapshot {
    const snapshot = this.#current.snapshot();
    return { ...snapshot, trouble: earliestTrouble(this.#troubles.first, snapshot.trouble) };
  }

  members(): ReturnType<Engine['members']> {
    return this.#current.members();
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#change = new AbortController();
      if (this.#wanted() === this.#rotation) {
        await this.#current.run(AbortSignal.any([signal, this.#change.signal]));
      } else {
        await this.#replace(signal);
      }
    }
  }

  down(): Promise<void> {
    return this.#current.down();
  }

  stop(): void {
    this.#current.stop();
  }

  #wanted(): Rotation {
    return this.#config?.rotation ?? this.#rotation;
  }

  async #replace(signal: AbortSignal): Promise<void> {
    const rotation = this.#wanted();
    const { open, logger, troubleChanged } = this.#options;
    if (this.#troubles.first === undefined)
      logger.warn(
        { [LogField.rotation]: rotation },
        'the mesh rotates in another way from now on: tunnels are made anew',
      );
    try {
      this.#current.stop();
      this.#current = await open(rotation, this.#lease);
      this.#rotation = rotation;
      if (this.#troubles.worked('interface') !== undefined) troubleChanged();
      // The lease continues from when it was given, however long the switch took.
      if (this.#lease !== undefined) this.#current.resume(this.#lease, this.#config);
    } catch (error) {
      if (this.#troubles.failed('interface', failureCode(error), messageOf(error))) {
        logger.error({ [LogField.reason]: messageOf(error) }, 'the change failed; trying again');
        troubleChanged();
      }
      await this.#goOnAsBefore(signal);
    }
  }

  /**
   * Drives the old kind until the next try, because a denial or the end of a lease must not wait for the
   * switch.
   */
  async #goOnAsBefore(signal: AbortSignal): Promise<void> {
    const { open, logger, timers } = this.#options;
    const again = new AbortController();
    const cancel = timers.setTimer(RETRY_MS, () => again.abort());
    const until = AbortSignal.any([signal, again.signal]);
    try {
      this.#current = await open(this.#rotation, this.#lease);
      if (this.#lease !== undefined) this.#current.resume(this.#lease, this.#config);
      await this.#current.run(until);
    } catch (error) {
      logger.debug({ [LogField.error]: error }, 'the tunnels of before cannot be driven either');
      await sleep(timers, RETRY_MS, until).catch(() => undefined);
    } finally {
      cancel();
    }
  }
}
