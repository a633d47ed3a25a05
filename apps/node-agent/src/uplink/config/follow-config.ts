// Follows the node's config with one blocking query after the other over an open connection. Every answer is
// checked (signature by a trusted key, mesh, node) before anything in it counts. A valid answer renews the
// lease. An answer to another request renews it, too, if it confirms the held version as the newest. After a
// failure the query is tried again with backoff.

import { type Clock, LogField, type Logger, sleep, type Timers } from '@mesh/host';
import { defined } from '@mesh/primitives';
import { isDelta, isRemovalNotice, type NodeClient, ProblemError } from '@mesh/protocol';
import type { ControllerClock } from '../../clock/controller-clock.ts';
import { messageOf } from '../../errors/agent-error.ts';
import type { HeldConfig } from '../../plan/held-config.ts';
import { backoffMs } from '../channel/backoff.ts';
import type { KemKeys } from '../keys/kem-keys.ts';
import { LeaseRenewal } from './lease-renewal.ts';
import { mergeConfig } from './merge-config.ts';
import { type ReadingOptions, type Received, readAnswer, UntrustedConfig } from './read-answer.ts';

/**
 * The version of the config that the node holds. Only the follower writes it. Every request to the controller
 * names it, and the answer says whether it is still the newest. Undefined while the node holds no config or
 * an incomplete one.
 */
export interface HeldVersion {
  current: string | undefined;
}

export interface ConfigSink {
  /**
   * The controller answered. Its config applies for `leaseSeconds` from now, which is negative if the answer
   * came too late. `config` is present if it is new. Called in the turn of the event loop in which the answer
   * arrived.
   */
  heard(answer: HeardAnswer): void;
  /**
   * The answer to another request confirmed the held config as the newest. It applies for `leaseSeconds` from
   * now.
   */
  confirmed(leaseSeconds: number): void;
  /** The controller did not answer, or its answer was not usable. */
  lost(failure: FollowFailure): void;
}

export interface HeardAnswer {
  readonly leaseSeconds: number;
  readonly config?: HeldConfig;
  /** The parts that could not be read and were left out. */
  readonly faults: readonly string[];
  /** Whether the keys of the answer could be opened; absent if it had no keys. */
  readonly keys?: 'opened' | 'lost';
}

export interface FollowFailure {
  /** The code of a problem, `unreachable` or `untrusted`. */
  readonly code: string;
  readonly message: string;
  readonly failures: number;
}

export interface FollowOptions extends ReadingOptions {
  readonly instanceId: string;
  /** The longest wait of one query. With a short lease, queries wait for less. */
  readonly waitSeconds: number;
}

export interface FollowPorts {
  readonly client: Pick<NodeClient, 'configOrNotice' | 'followConfig'>;
  /** Undefined at first. This follower writes it from now on. */
  readonly heldVersion: HeldVersion;
  readonly kemKeys: Pick<KemKeys, 'open'>;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly controllerClock: ControllerClock;
  readonly random: () => number;
  readonly logger: Logger;
}

const BACKOFF = { firstMs: 250, maxMs: 10_000 };
/** How much longer than the requested wait an answer may take before the connection counts as dead. */
const GRACE_MS = 10_000;

export class ConfigFollower {
  readonly #options: FollowOptions;
  readonly #ports: FollowPorts;
  readonly #sink: ConfigSink;
  /**
   * The config that is held. After a delta with an unknown base it is incomplete, because only the removals
   * were taken from that delta.
   */
  #held: HeldConfig | undefined;
  readonly #lease: LeaseRenewal;
  /** Aborted to end the current query and ask for the whole config. */
  #again = new AbortController();

  constructor(options: FollowOptions, ports: FollowPorts, sink: ConfigSink) {
    this.#options = options;
    this.#ports = ports;
    this.#sink = sink;
    this.#lease = new LeaseRenewal(ports.clock);
  }

  /** Asks for the whole config now, whatever version is held. */
  refetch(): void {
    this.#ports.heldVersion.current = undefined;
    this.#again.abort();
  }

  /**
   * Renews the lease, because the answer to another request confirmed this version as the newest.
   * @param askedAtBootMs when that request was sent
   */
  confirm(version: string, askedAtBootMs: number): void {
    if (this.#ports.heldVersion.current !== version || !this.#lease.isLater(askedAtBootMs)) return;
    this.#sink.confirmed(this.#lease.renew(this.#held?.leaseSeconds ?? 0, askedAtBootMs));
  }

  /** Follows until the signal aborts; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    let failures = 0;
    while (!signal.aborted) {
      try {
        await this.#query(signal);
        failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        if (this.#again.signal.aborted) continue;
        failures += 1;
        this.#report(error, failures);
        const retryAfter = error instanceof ProblemError ? error.retryAfterSeconds : undefined;
        const delayMs = backoffMs(failures, this.#ports.random(), BACKOFF, retryAfter);
        await sleep(this.#ports.timers, delayMs, signal).catch(() => undefined);
      }
    }
  }

  async #query(signal: AbortSignal): Promise<void> {
    const { client, controllerClock, timers } = this.#ports;
    const { instanceId, trust } = this.#options;
    const waitSeconds = this.#lease.waitSeconds(this.#options.waitSeconds);
    const limit = new AbortController();
    this.#again = new AbortController();
    const version = this.#ports.heldVersion.current;
    const configKeyListMs = trust.storedListMs;
    const askedAtBootMs = this.#ports.clock.bootMs();
    const cancel = timers.setTimer((version === undefined ? 0 : waitSeconds * 1_000) + GRACE_MS, () =>
      limit.abort(new Error('the controller did not answer in time')),
    );
    const either = AbortSignal.any([signal, limit.signal, this.#again.signal]);
    try {
      if (version === undefined) {
        // The answer to a query that does not wait shows the controller's time.
        const answer = await controllerClock.measure(
          () => client.configOrNotice({ instanceId, configKeyListMs, movesSlots: true }, either),
          (received) =>
            received === undefined || trust.check(received.body, received.raw) === undefined
              ? undefined
              : received.body.server_time_ms,
        );
        if (answer === undefined) throw new UntrustedConfig('not modified, without having been asked');
        this.#accept(answer, askedAtBootMs);
        if (isRemovalNotice(answer.body) || isDelta(answer.body))
          throw new UntrustedConfig('it is a delta, and a full config was asked for');
      } else {
        const dueAtBootMs = askedAtBootMs + waitSeconds * 1_000;
        const answers = await client.followConfig(
          { version, waitSeconds, instanceId, configKeyListMs, movesSlots: true },
          (answer) => this.#goOn(answer, dueAtBootMs),
          either,
        );
        if (answers === 0) {
          const leaseSeconds = this.#lease.renew(this.#held?.leaseSeconds ?? 0, dueAtBootMs);
          this.#sink.heard({ leaseSeconds, faults: [] });
        }
      }
    } finally {
      cancel();
    }
  }

  /** @returns whether more answers to the same query may follow, because the config is complete */
  #goOn(answer: Received, dueAtBootMs: number): boolean {
    this.#accept(answer, dueAtBootMs);
    // Without a version the next query does not wait, so its answer shows the controller's time.
    if (this.#ports.controllerClock.contradicts(answer.body.server_time_ms))
      this.#ports.heldVersion.current = undefined;
    return this.#ports.heldVersion.current !== undefined;
  }

  /** @param dueAtBootMs the latest instant at which the controller can have sent this answer */
  #accept(received: Received, dueAtBootMs: number): void {
    const { body } = received;
    const { said, keys, trust } = readAnswer(received, this.#held, this.#options, this.#ports.kemKeys);
    this.#options.trust.adopt(trust);
    const merged = mergeConfig(this.#held, said.value, this.#ports.controllerClock.nowMs());
    const isWhole = merged.kind === 'merged';
    this.#ports.heldVersion.current = isWhole ? body.version : undefined;
    if (merged.config !== undefined) this.#held = merged.config;
    this.#sink.heard({
      leaseSeconds: this.#lease.renew(body.lease_seconds, dueAtBootMs),
      ...defined({ config: merged.config }),
      // If it is incomplete, a full config comes next and has the same faults.
      faults: isWhole ? said.faults : [],
      ...defined({ keys }),
    });
    this.#ports.logger.debug(
      {
        [LogField.version]: body.version,
        [LogField.delta]: said.value.kind === 'delta',
        [LogField.complete]: isWhole,
      },
      'config received',
    );
  }

  #report(error: unknown, failures: number): void {
    if (error instanceof ProblemError && error.problem.code === 'clock_skew')
      this.#ports.logger.warn(messageOf(error));
    const code =
      error instanceof ProblemError
        ? error.problem.code
        : error instanceof UntrustedConfig
          ? 'untrusted'
          : 'unreachable';
    // The controller does not understand the version, or its answer cannot be trusted. The next query starts
    // again without a version.
    if (code === 'invalid_parameter' || code === 'untrusted') this.#ports.heldVersion.current = undefined;
    this.#sink.lost({ code, message: messageOf(error), failures });
  }
}
