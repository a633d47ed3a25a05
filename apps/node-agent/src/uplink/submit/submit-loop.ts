// Signs and submits measurements, one at a time and always the newest. It tries with backoff and jitter until
// the controller has the measurement on disk or refuses it for good.

import { LogField, type Logger, Nap, type Timers } from '@mesh/host';
import { defined, formatRfc3339, type MeshId, type NodeId } from '@mesh/primitives';
import {
  type BenchmarkAnswer,
  type BenchmarkMessage,
  type NodeClient,
  type ProblemCode,
  ProblemError,
  type Sign,
  signMessage,
} from '@mesh/protocol';
import type { ControllerClock } from '../../clock/controller-clock.ts';
import { messageOf } from '../../errors/agent-error.ts';
import type { SequenceFile } from '../../identity/sequence-file.ts';
import type { Measurement } from '../../measure/result/measurement.ts';
import { backoffMs } from '../channel/backoff.ts';
import { resumeSequence } from '../channel/resume-sequence.ts';
import type { KemKeys } from '../keys/kem-keys.ts';
import type { ReceiptKeeper } from './keep-receipt.ts';
import type { Spool, Unsent } from './spool.ts';

export interface SubmitSink {
  /**
   * The measurement is on the controller's disk. `answer` is undefined if an earlier try had arrived and its
   * answer was lost.
   */
  accepted(measurement: Measurement, answer: BenchmarkAnswer | undefined): void;
  /** The controller will never accept the measurement, so it was dropped. */
  refused(measurement: Measurement, failure: { readonly code: ProblemCode; readonly message: string }): void;
  /** The measurement was not accepted now. It is kept and tried again. */
  postponed(failure: { readonly code: string; readonly message: string; readonly retryInMs: number }): void;
}

export interface SubmitOptions {
  readonly meshId: MeshId;
  readonly nodeId: NodeId;
  readonly instanceId: string;
  readonly sign: Sign;
}

export interface SubmitPorts {
  readonly client: Pick<NodeClient, 'submitBenchmark'>;
  readonly sequences: Pick<SequenceFile, 'next' | 'resumeAbove'>;
  readonly spool: Spool;
  readonly receipts: Pick<ReceiptKeeper, 'keep'>;
  readonly kemKeys: Pick<KemKeys, 'forSubmission' | 'acknowledge'>;
  /** Whether the controller takes signals: one that is older refuses the message. */
  readonly wantsSignals: () => boolean;
  readonly timers: Timers;
  readonly controllerClock: ControllerClock;
  readonly random: () => number;
  readonly logger: Logger;
}

const BACKOFF = { firstMs: 500, maxMs: 30_000 };
const TIMEOUT_MS = 15_000;

/** With these codes the same message can never be accepted, so it is not tried again. */
const FINAL: ReadonlySet<ProblemCode> = new Set([
  'malformed_json',
  'invalid_message',
  'mesh_mismatch',
  'node_mismatch',
  'bad_signature',
  'body_too_large',
  'unsupported_media_type',
  'benchmark_stale',
  'benchmark_from_future',
  'challenge_wrong',
  'attestation_wrong',
]);

export class SubmitLoop {
  readonly #options: SubmitOptions;
  readonly #ports: SubmitPorts;
  readonly #sink: SubmitSink;
  #unsent: Unsent | undefined;
  /** Woken when a newer measurement comes, which ends a backoff at once. */
  readonly #nap: Nap;

  constructor(options: SubmitOptions, ports: SubmitPorts, sink: SubmitSink) {
    this.#options = options;
    this.#ports = ports;
    this.#sink = sink;
    this.#nap = new Nap(ports.timers);
  }

  /** Takes a measurement. It replaces one that is still waiting. */
  submit(measurement: Measurement): void {
    this.#unsent = { measurement };
    this.#nap.wake();
  }

  /** Submits until the signal aborts, beginning with what an earlier run left. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const left = await this.#ports.spool.read();
    this.#unsent ??= left;
    let failures = 0;
    while (!signal.aborted) {
      this.#nap.arm();
      const unsent = this.#unsent;
      if (unsent === undefined) {
        await this.#nap.take(Number.POSITIVE_INFINITY, signal);
        failures = 0;
        continue;
      }
      const waitMs = await this.#attempt(unsent, failures, signal);
      failures = waitMs === undefined ? 0 : failures + 1;
      if (waitMs !== undefined && !signal.aborted) await this.#nap.take(waitMs, signal);
    }
  }

  /** @returns how long to wait before the next try; undefined when this measurement needs no other */
  async #attempt(unsent: Unsent, failures: number, signal: AbortSignal): Promise<number | undefined> {
    const limit = new AbortController();
    const cancel = this.#ports.timers.setTimer(TIMEOUT_MS, () => limit.abort(new Error('no answer in time')));
    let sequence = unsent.sequence;
    try {
      sequence = await this.#spooled(unsent);
      const kemPublicKey = this.#ports.kemKeys.forSubmission();
      const message = this.#message(unsent.measurement, sequence, kemPublicKey);
      const answer = await this.#ports.controllerClock.measure(
        () => this.#ports.client.submitBenchmark(message, AbortSignal.any([signal, limit.signal])),
        (received) => received.server_time_ms,
      );
      this.#ports.kemKeys.acknowledge(kemPublicKey);
      await this.#done(unsent);
      await this.#ports.receipts.keep(message, answer);
      this.#sink.accepted(unsent.measurement, answer);
      return undefined;
    } catch (error) {
      if (signal.aborted) return undefined;
      return this.#failed(unsent, sequence, error, failures + 1);
    } finally {
      cancel();
    }
  }

  /**
   * Writes measurement and sequence to disk before the first byte is sent. If that fails, the measurement is
   * sent anyway.
   */
  async #spooled(unsent: Unsent): Promise<number> {
    if (unsent.sequence !== undefined) return unsent.sequence;
    const sequence = await this.#ports.sequences.next('benchmark');
    const numbered = { ...unsent, sequence };
    if (this.#unsent === unsent) this.#unsent = numbered;
    await this.#ports.spool.write(numbered).catch((error: unknown) => {
      this.#ports.logger.warn(
        { [LogField.error]: error },
        'the unsent measurement could not be stored; it is sent all the same',
      );
    });
    return sequence;
  }

  #message(measurement: Measurement, sequence: number, kemPublicKey: string): BenchmarkMessage {
    const { meshId, nodeId, instanceId, sign } = this.#options;
    const { samples, measuredBy, evidence, attestation, notes, challenge, signals } = measurement;
    return signMessage(
      'benchmark',
      {
        mesh_id: meshId,
        node_id: nodeId,
        timestamp: formatRfc3339(Math.round(measurement.measuredAtMs)),
        sent_at: formatRfc3339(this.#ports.controllerClock.nowMs()),
        suite_version: measurement.suiteVersion,
        sequence,
        instance_id: instanceId,
        scores: { ...measurement.scores },
        kem_public_key: kemPublicKey,
        ...defined({ challenge }),
        ...(samples === undefined ? {} : { samples: { ...samples } }),
        ...defined({ measured_by: measuredBy, evidence, attestation, notes }),
        ...(signals !== undefined && this.#ports.wantsSignals() ? { signals: { ...signals } } : {}),
      },
      sign,
    );
  }

  async #done(sent: Unsent): Promise<void> {
    // The spool belongs to a newer measurement, or soon will.
    if (this.#unsent?.measurement !== sent.measurement) return;
    this.#unsent = undefined;
    await this.#ports.spool.clear().catch((error: unknown) => {
      this.#ports.logger.warn(
        { [LogField.error]: error },
        'the sent measurement could not be removed from the disk',
      );
    });
  }

  async #failed(
    unsent: Unsent,
    sequence: number | undefined,
    error: unknown,
    failures: number,
  ): Promise<number | undefined> {
    const problem = error instanceof ProblemError ? error.problem : undefined;
    if (problem?.code === 'sequence_replayed' || problem?.code === 'sequence_too_far') {
      const last = Number(problem.last_sequence);
      // An earlier try had arrived, but its answer was lost.
      if (last === sequence) {
        await this.#done(unsent);
        this.#sink.accepted(unsent.measurement, undefined);
        return undefined;
      }
      await resumeSequence(this.#ports.sequences, 'benchmark', error);
      if (this.#unsent?.measurement === unsent.measurement)
        this.#unsent = { measurement: unsent.measurement };
      // The first time, the sequence was only out of step. If it happens again, another agent has this
      // identity, so the loop backs off.
      if (failures === 1) return 0;
    } else if (problem !== undefined && FINAL.has(problem.code)) {
      await this.#done(unsent);
      this.#sink.refused(unsent.measurement, { code: problem.code, message: problem.detail });
      return undefined;
    }
    const retryAfter = error instanceof ProblemError ? error.retryAfterSeconds : undefined;
    const retryInMs = backoffMs(failures, this.#ports.random(), BACKOFF, retryAfter);
    this.#sink.postponed({ code: problem?.code ?? 'unreachable', message: messageOf(error), retryInMs });
    return retryInMs;
  }
}
