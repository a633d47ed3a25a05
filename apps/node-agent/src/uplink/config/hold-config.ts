// Holds the node's config: takes answers in, one after the other, and renews the lease with each that is
// valid. Nothing in an answer counts before its signature, mesh and node were checked. If its head of the log
// contradicts the one that the node has accepted, only what it takes away counts.

import { type Clock, LogField, type Logger } from '@mesh/host';
import { defined } from '@mesh/primitives';
import { isRemovalNotice } from '@mesh/protocol';
import type { ControllerClock } from '../../clock/controller-clock.ts';
import type { LogWatch } from '../../log/log-watch.ts';
import type { HeldConfig } from '../../plan/held-config.ts';
import type { KemKeys } from '../keys/kem-keys.ts';
import type { ToldKeeper } from './keep-told.ts';
import { LeaseRenewal } from './lease-renewal.ts';
import { type Merged, mergeConfig } from './merge-config.ts';
import { type ReadAnswer, type ReadingOptions, type Received, readAnswer } from './read-answer.ts';
import { earlyRemovalsOf, removalsOf } from './removals-of.ts';

/**
 * The version of the config that the node holds. Only the holder writes it. Every request to the controller
 * names it, and the answer says whether it is still the newest. Undefined while the node holds no config or
 * an incomplete one.
 */
export interface HeldVersion {
  current: string | undefined;
}

export interface HeldConfigSink {
  /**
   * The controller answered. Its config applies for `leaseSeconds` from now, which is negative if the answer
   * came too late. `config` is present if it is new. Called in the turn of the event loop in which the answer
   * arrived, or, if it names a new head of the log, once that is on disk.
   */
  heard(answer: HeardAnswer): void;
  /**
   * The answer to another request confirmed the held config as the newest. It applies for `leaseSeconds` from
   * now.
   */
  confirmed(leaseSeconds: number): void;
  /**
   * The controller answered, and of the answer only what it takes away counts, or counts already. `config` is
   * what is held without that; undefined if nothing was taken away. The lease goes on as it was. Called in
   * the turn of the event loop in which the answer arrived.
   */
  restricted(config: HeldConfig | undefined): void;
}

export interface HeardAnswer {
  readonly leaseSeconds: number;
  readonly config?: HeldConfig;
  /** The parts that could not be read and were left out. */
  readonly faults: readonly string[];
  /** Whether the keys of the answer could be opened; absent if it had no keys. */
  readonly keys?: 'opened' | 'lost';
}

export interface HoldPorts {
  /** Undefined at first. This holder writes it from now on. */
  readonly heldVersion: HeldVersion;
  readonly kemKeys: Pick<KemKeys, 'open'>;
  readonly log: Pick<LogWatch, 'judge' | 'accept' | 'recovered' | 'refuse' | 'refusal' | 'asksForWhole'>;
  /** Keeps every answer that was signed for this node. */
  readonly told: Pick<ToldKeeper, 'note'>;
  readonly clock: Clock;
  readonly controllerClock: ControllerClock;
  readonly logger: Logger;
}

export class ConfigHolder {
  readonly #options: ReadingOptions;
  readonly #ports: HoldPorts;
  readonly #sink: HeldConfigSink;
  /**
   * The config that is held. After a delta with an unknown base it is incomplete, because only the removals
   * were taken from that delta.
   */
  #held: HeldConfig | undefined;
  readonly #lease: LeaseRenewal;
  /** Whether the whole config was asked for since the answer that waits for the disk came. */
  #isForgotten = false;

  constructor(options: ReadingOptions, ports: HoldPorts, sink: HeldConfigSink) {
    this.#options = options;
    this.#ports = ports;
    this.#sink = sink;
    this.#lease = new LeaseRenewal(ports.clock);
  }

  get version(): string | undefined {
    return this.#ports.heldVersion.current;
  }

  /** The next query asks for the whole config. */
  forget(): void {
    this.#ports.heldVersion.current = undefined;
    this.#isForgotten = true;
  }

  /** How long the next query may wait at the controller. */
  waitSeconds(longestSeconds: number): number {
    // While the log is refused, no answer renews the lease, so none has to come before its end.
    return this.#isRefusing ? longestSeconds : this.#lease.waitSeconds(longestSeconds);
  }

  /**
   * Renews the lease, because the answer to another request confirmed this version as the newest.
   * @param askedAtBootMs when that request was sent
   */
  confirm(version: string, askedAtBootMs: number): void {
    if (this.#isRefusing || this.version !== version || !this.#lease.isLater(askedAtBootMs)) return;
    this.#sink.confirmed(this.#lease.renew(this.#held?.leaseSeconds ?? 0, askedAtBootMs));
  }

  /** The held version is the newest. */
  notModified(dueAtBootMs: number): void {
    if (this.#isRefusing) return;
    const leaseSeconds = this.#lease.renew(this.#held?.leaseSeconds ?? 0, dueAtBootMs);
    this.#sink.heard({ leaseSeconds, faults: [] });
  }

  /**
   * Takes an answer in.
   *
   * @param dueAtBootMs the latest instant at which the controller can have sent it
   * @returns what resolves once it counts, and undefined if it does already; never rejects. Until then no
   *   further answer may be taken
   * @throws UntrustedConfig
   */
  take(received: Received, dueAtBootMs: number): Promise<void> | undefined {
    const { kemKeys, log, told, controllerClock } = this.#ports;
    const { body } = received;
    const answer = readAnswer(received, this.#held, this.#options, kemKeys);
    told.note(received, answer.signedBy);
    this.#options.trust.adopt(answer.trust);
    const merged = mergeConfig(this.#held, answer.said.value, controllerClock.nowMs());
    const verdict = log.judge(body);
    const wasRefusing = this.#isRefusing;
    if (verdict.kind === 'refused') log.refuse(verdict.refusal, body);
    // A notice proves nothing of the log.
    if (verdict.kind === 'refused' || (wasRefusing && isRemovalNotice(body))) {
      this.#restrict(merged, removalsOf);
      // The answer that names the keys of the log, or the signatures of its head, is not waited for.
      if (log.asksForWhole) this.forget();
      else this.#skipTo(merged.kind === 'merged' ? body.version : undefined);
      return undefined;
    }
    const use = () => {
      // A delta lacks what was refused before it.
      if (!wasRefusing || answer.said.value.kind === 'full')
        return this.#use(received, dueAtBootMs, answer, merged);
      this.#restrict(merged, earlyRemovalsOf);
      this.forget();
    };
    if (verdict.kind === 'known') {
      log.recovered();
      use();
      return undefined;
    }
    this.#restrict(merged, earlyRemovalsOf);
    this.forget();
    this.#isForgotten = false;
    return log.accept(verdict.head).then(() => {
      const isForgotten = this.#isForgotten;
      use();
      if (isForgotten) this.forget();
    });
  }

  get #isRefusing(): boolean {
    return this.#ports.log.refusal !== undefined;
  }

  /** Takes over what an answer takes away, and nothing else of it. */
  #restrict({ config }: Merged, leftAfter: typeof removalsOf): void {
    const left = config && leftAfter(this.#held, config);
    if (left !== undefined) this.#held = left;
    this.#sink.restricted(left);
  }

  /** The next query waits for what follows this version, of which only removals were taken. */
  #skipTo(version: string | undefined): void {
    this.#ports.heldVersion.current = version;
    if (this.#held !== undefined && version !== undefined) this.#held = { ...this.#held, version };
  }

  #use({ body }: Received, dueAtBootMs: number, { said, keys }: ReadAnswer, merged: Merged): void {
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
}
