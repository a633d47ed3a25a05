// Keeps in step with one witness: remembers what it has cosigned, asks it with a deadline, and leaves it
// alone for a while after a failure.

import { type NoteSignature, parseNote, proveConsistency, type ReadSubtree } from '@mesh/audit';
import { type Clock, LogField, type Logger, platformSha256, type Timers } from '@mesh/host';
import { askWitness, type Fetch, reasonOf, type Witness, type WitnessAnswer } from './ask-witness.ts';
import type { NextKeyTrials } from './next-key-trials.ts';

/** A signed head that is on disk. */
export interface SignedHead {
  readonly size: number;
  /** The note, as the log has signed it. */
  readonly note: string;
  /** Reads the tree at the head. */
  readonly read: ReadSubtree;
}

export interface WitnessLinePorts {
  readonly fetch: Fetch;
  readonly clock: Clock;
  readonly timers: Timers;
  /** 0 ≤ random < 1 */
  readonly random: () => number;
  readonly logger: Logger;
  readonly trials: Pick<NextKeyTrials, 'trialFor' | 'confirm'>;
}

/** Why a witness does not cosign. */
export interface WitnessTrouble {
  /** Wall clock. */
  readonly sinceMs: number;
  /** It has cosigned another history of the log. */
  readonly isFork: boolean;
}

const DEADLINE_MS = 5_000;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 300_000;

export class WitnessLine {
  readonly witness: Witness;
  readonly #ports: WitnessLinePorts;
  /** The size of the head that it has cosigned last, as far as is known; it says so if it is another. */
  #knownSize = 0;
  #failures = 0;
  #notBeforeMs = 0;
  #trouble: WitnessTrouble | undefined;

  constructor(witness: Witness, ports: WitnessLinePorts) {
    this.witness = witness;
    this.#ports = ports;
  }

  /** Undefined: it has cosigned what it was asked for last, or it was not asked yet. */
  get trouble(): WitnessTrouble | undefined {
    return this.#trouble;
  }

  /** How long until it may be asked again; 0 if that is now. */
  waitMs(): number {
    return Math.max(0, this.#notBeforeMs - this.#ports.clock.monotonicMs());
  }

  /**
   * Asks for cosignatures of a head. Never rejects.
   * @returns undefined if there are none, or if it was not asked because it has failed lately
   */
  async cosign(head: SignedHead, signal: AbortSignal): Promise<readonly NoteSignature[] | undefined> {
    if (this.waitMs() > 0) return undefined;
    const answer = (await this.#try(head, signal)) ?? (await this.#askFrom(head, signal));
    if (signal.aborted) return undefined;
    if (answer.kind === 'cosigned') {
      this.#knownSize = head.size;
      this.#succeeded();
      return answer.lines;
    }
    this.#failed(answer, head);
    return undefined;
  }

  /** @returns undefined if nothing is to be tried, or if it does not know the next keys */
  async #try(head: SignedHead, signal: AbortSignal): Promise<WitnessAnswer | undefined> {
    const { trials } = this.#ports;
    const { url } = this.witness;
    const trial = trials.trialFor(url, head.note);
    if (trial === undefined) return undefined;
    const answer = await this.#askFrom({ ...head, note: trial.note }, signal);
    if (answer.kind === 'cosigned') trials.confirm(url, trial);
    return answer.kind === 'refused' && answer.isStranger === true ? undefined : answer;
  }

  /** If it names the size that it has cosigned last, it is asked again from there. */
  async #askFrom(head: SignedHead, signal: AbortSignal): Promise<WitnessAnswer> {
    const answer = await this.#ask(head, signal);
    if (answer.kind !== 'knows' || answer.size === this.#knownSize || answer.size > head.size) return answer;
    this.#knownSize = answer.size;
    return this.#ask(head, signal);
  }

  async #ask({ size, note, read }: SignedHead, signal: AbortSignal): Promise<WitnessAnswer> {
    const limit = new AbortController();
    const cancel = this.#ports.timers.setTimer(DEADLINE_MS, () =>
      limit.abort(new Error(`no answer within ${DEADLINE_MS / 1_000} s`)),
    );
    try {
      // It may have cosigned a head that was signed later than this one.
      const oldSize = Math.min(this.#knownSize, size);
      const proof = proveConsistency(oldSize, size, read, platformSha256);
      return await askWitness(
        this.witness,
        { oldSize, proof, checkpoint: note },
        parseNote(note).text,
        this.#ports.fetch,
        AbortSignal.any([signal, limit.signal]),
      );
    } catch (error) {
      return { kind: 'refused', why: reasonOf(error) };
    } finally {
      cancel();
    }
  }

  #succeeded(): void {
    const { logger } = this.#ports;
    if (this.#failures > 0)
      logger.info({ [LogField.address]: this.witness.url }, 'the witness cosigns again');
    this.#failures = 0;
    this.#trouble = undefined;
  }

  #failed(answer: Exclude<WitnessAnswer, { kind: 'cosigned' }>, head: SignedHead): void {
    const { clock, random, logger } = this.#ports;
    const isNew = this.#failures === 0;
    this.#failures += 1;
    const ceilingMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(this.#failures - 1, 20));
    const askedMs = answer.kind === 'postponed' ? (answer.seconds ?? 0) * 1_000 : 0;
    const waitMs = Math.max(askedMs, ceilingMs / 2 + (ceilingMs / 2) * random());
    this.#notBeforeMs = clock.monotonicMs() + Math.min(waitMs, LONGEST_WAIT_MS);
    const { url } = this.witness;
    const isFork = answer.kind === 'contradicted' || (answer.kind === 'knows' && answer.size > head.size);
    this.#trouble = { sinceMs: this.#trouble?.sinceMs ?? clock.nowMs(), isFork };
    if (isFork)
      logger.error(
        { [LogField.address]: url, [LogField.size]: head.size },
        'the witness has cosigned another history of this log: was an old copy of the database restored? see docs/operations.md, A witness',
      );
    else if (isNew)
      logger.warn(
        {
          [LogField.address]: url,
          [LogField.size]: head.size,
          ...(answer.kind === 'refused' ? { [LogField.reason]: answer.why } : {}),
        },
        'the witness does not cosign; it is asked again, less and less often',
      );
  }
}
