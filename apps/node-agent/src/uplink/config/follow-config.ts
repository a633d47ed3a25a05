// Follows the node's config with one blocking query after the other over an open connection. Every answer is
// checked (signature by a trusted key, mesh, node) before anything in it counts. A valid answer renews the
// lease. An answer to another request renews it, too, if it confirms the held version as the newest. After a
// failure the query is tried again with backoff.

import { sleep, type Timers } from '@mesh/host';
import { isDelta, isRemovalNotice, type NodeClient, ProblemError } from '@mesh/protocol';
import { messageOf } from '../../errors/agent-error.ts';
import type { LogWatch } from '../../log/log-watch.ts';
import { backoffMs } from '../channel/backoff.ts';
import { ConfigHolder, type HeldConfigSink, type HoldPorts } from './hold-config.ts';
import { type ReadingOptions, type Received, UntrustedConfig } from './read-answer.ts';

export interface ConfigSink extends HeldConfigSink {
  /** The controller did not answer, or its answer was not usable. */
  lost(failure: FollowFailure): void;
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

export interface FollowPorts extends HoldPorts {
  readonly client: Pick<NodeClient, 'configOrNotice' | 'followConfig'>;
  readonly log: HoldPorts['log'] & Pick<LogWatch, 'query'>;
  readonly timers: Timers;
  readonly random: () => number;
}

const BACKOFF = { firstMs: 250, maxMs: 10_000 };
/** How much longer than the requested wait an answer may take before the connection counts as dead. */
const GRACE_MS = 10_000;

export class ConfigFollower {
  readonly #options: FollowOptions;
  readonly #ports: FollowPorts;
  readonly #sink: ConfigSink;
  readonly #holder: ConfigHolder;
  /** Aborted to end the current query and ask for the whole config. */
  #again = new AbortController();
  /** Resolves when the last answer counts. */
  #taken: Promise<void> | undefined;

  constructor(options: FollowOptions, ports: FollowPorts, sink: ConfigSink) {
    this.#options = options;
    this.#ports = ports;
    this.#sink = sink;
    this.#holder = new ConfigHolder(options, ports, sink);
  }

  /** Asks for the whole config now, whatever version is held. */
  refetch(): void {
    this.#holder.forget();
    this.#again.abort();
  }

  /** See `ConfigHolder`. */
  confirm(version: string, askedAtBootMs: number): void {
    this.#holder.confirm(version, askedAtBootMs);
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
      } finally {
        await this.#taken;
      }
    }
  }

  async #query(signal: AbortSignal): Promise<void> {
    const { client, clock, timers, log } = this.#ports;
    const { instanceId, trust } = this.#options;
    const waitSeconds = this.#holder.waitSeconds(this.#options.waitSeconds);
    const limit = new AbortController();
    this.#again = new AbortController();
    const { version } = this.#holder;
    const common = {
      instanceId,
      configKeyListMs: trust.storedListMs,
      movesSlots: true,
      takesExams: true,
      ...log.query(),
    };
    const askedAtBootMs = clock.bootMs();
    const cancel = timers.setTimer((version === undefined ? 0 : waitSeconds * 1_000) + GRACE_MS, () =>
      limit.abort(new Error('the controller did not answer in time')),
    );
    const either = AbortSignal.any([signal, limit.signal, this.#again.signal]);
    try {
      if (version === undefined) {
        await this.#askForEverything(common, askedAtBootMs, either);
      } else {
        const dueAtBootMs = askedAtBootMs + waitSeconds * 1_000;
        const answers = await client.followConfig(
          { ...common, version, waitSeconds },
          (answer) => this.#goOn(answer, dueAtBootMs),
          either,
        );
        if (answers === 0) this.#holder.notModified(dueAtBootMs);
      }
    } finally {
      cancel();
    }
  }

  /** The answer to a query that does not wait shows the controller's time. */
  async #askForEverything(
    query: Parameters<NodeClient['configOrNotice']>[0],
    askedAtBootMs: number,
    signal: AbortSignal,
  ): Promise<void> {
    const { client, controllerClock } = this.#ports;
    const { trust } = this.#options;
    const answer = await controllerClock.measure(
      () => client.configOrNotice(query, signal),
      (received) =>
        received === undefined || trust.check(received.body, received.raw) === undefined
          ? undefined
          : received.body.server_time_ms,
    );
    if (answer === undefined) throw new UntrustedConfig('not modified, without having been asked');
    this.#taken = this.#holder.take(answer, askedAtBootMs);
    if (isRemovalNotice(answer.body) || isDelta(answer.body))
      throw new UntrustedConfig('it is a delta, and a full config was asked for');
  }

  /** @returns whether more answers to the same query may follow, because the config is complete */
  #goOn(answer: Received, dueAtBootMs: number): boolean {
    this.#taken = this.#holder.take(answer, dueAtBootMs);
    // Without a version the next query does not wait, so its answer shows the controller's time.
    if (this.#ports.controllerClock.contradicts(answer.body.server_time_ms)) this.#holder.forget();
    return this.#taken === undefined && this.#holder.version !== undefined;
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
    if (code === 'invalid_parameter' || code === 'untrusted') this.#holder.forget();
    this.#sink.lost({ code, message: messageOf(error), failures });
  }
}
