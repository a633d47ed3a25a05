// Sends signed reports to the controller: which epoch's key is set for which peer, how old the handshakes
// are, and what fails here. It reports every half minute, when an epoch was applied, and when something
// begins to fail or stops failing. The answer says which epochs the other ends have set.

import { LogField, type Logger, Nap, sleep, type Timers } from '@mesh/host';
import { defined, type EpochId, formatRfc3339, type NodeId } from '@mesh/primitives';
import {
  APPLIED_EVERY_MS,
  type AppliedAnswer,
  FIGURES_VERSION,
  type NodeClient,
  ProblemError,
  printable,
  type Sign,
  signMessage,
  type Trouble as WireTrouble,
  type Troubles as WireTroubles,
} from '@mesh/protocol';
import type { ControllerClock } from '../../clock/controller-clock.ts';
import type { Trouble } from '../../events/trouble.ts';
import type { Enrolment } from '../../identity/enrolment-file.ts';
import type { SequenceFile } from '../../identity/sequence-file.ts';
import type { LogHead } from '../../log/log-head.ts';
import { resumeSequence } from '../channel/resume-sequence.ts';
import { cosign, type LogReport } from './log-report.ts';
import { type AppliedPeer, type MeasuredPairs, wireFigures, wirePeers } from './wire-peers.ts';

export interface AppliedState {
  /** Null if no config has named an epoch yet. */
  readonly epochId: EpochId | null;
  readonly peers: readonly AppliedPeer[];
  /** What is measured of the peers: a row for each, in their order. Absent: nothing. */
  readonly figures?: MeasuredPairs;
  readonly troubles: {
    readonly tunnel: Trouble | undefined;
    readonly measurement: Trouble | undefined;
    readonly log: Trouble | undefined;
  };
  /** The head of the log that this node is to cosign; undefined for none. */
  readonly toCosign: LogReport['toCosign'];
}

export interface ReportAppliedPorts {
  readonly enrolment: () => Enrolment;
  readonly instanceId: string;
  readonly client: Pick<NodeClient, 'reportApplied'>;
  readonly sign: Sign;
  readonly sequences: Pick<SequenceFile, 'next' | 'resumeAbove'>;
  readonly controllerClock: ControllerClock;
  readonly timers: Timers;
  readonly logger: Logger;
  /** Returns what is on the interface and what fails now; undefined while that is not known. */
  readonly observe: () => Promise<AppliedState | undefined>;
  /** The controller has received the cosignature of this head. */
  readonly cosigned: (head: LogHead) => void;
}

/** How long a change of the troubles may settle before it is reported. */
const SETTLES_WITHIN_MS = 1_000;
/**
 * How long after the report of an applied epoch the next report is sent. By then the other ends have reported
 * it as well.
 */
const AGAIN_AFTER_MS = 5_000;
/** The last answer is out of date after three reports without an answer. */
const ANSWER_IS_FRESH_MS = 100_000;
const MAX_REASON_LENGTH = 500;
const NOT_UNDERSTOOD: ReadonlySet<string> = new Set(['invalid_message', 'body_too_large']);

/**
 * Escapes make a text longer, so it is cut a second time. The message accepts up to 12 characters more than
 * that.
 */
const oneLine = (text: string): string => printable(printable(text, MAX_REASON_LENGTH), MAX_REASON_LENGTH);

export class AppliedReporter {
  readonly #ports: ReportAppliedPorts;
  readonly #nap: Nap;
  #isNudged = false;
  #mustSettle = false;
  /** The troubles in the last report that was answered. */
  #toldTroubles = '';
  #otherEnds: ReadonlyMap<NodeId, EpochId | null> = new Map();
  #answeredAtMs = Number.NEGATIVE_INFINITY;
  /** Whether the controller has said that it reads figures. */
  #wantsFigures = false;

  constructor(ports: ReportAppliedPorts) {
    this.#ports = ports;
    this.#nap = new Nap(ports.timers);
  }

  /** Reports at once. Call it when an epoch was applied. */
  nudge(): void {
    this.#isNudged = true;
    this.#nap.wake();
  }

  /**
   * Reports in a second. Call it when something began to fail or stopped failing. A trouble that lasts for
   * less than a second is not worth a report.
   */
  troubleChanged(): void {
    this.#mustSettle = true;
    this.nudge();
  }

  /** The epoch whose key the other end of a pair has reported as set; null if that is not known. */
  epochThere(nodeId: NodeId): EpochId | null {
    const isFresh = this.#ports.controllerClock.nowMs() - this.#answeredAtMs <= ANSWER_IS_FRESH_MS;
    return (isFresh ? this.#otherEnds.get(nodeId) : undefined) ?? null;
  }

  /** Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#nap.arm();
      const mustSettle = this.#mustSettle;
      this.#mustSettle = false;
      if (mustSettle) await sleep(this.#ports.timers, SETTLES_WITHIN_MS, signal).catch(() => undefined);
      const isNudged = this.#isNudged;
      this.#isNudged = false;
      const told = await this.#report(signal);
      await this.#nap.take(isNudged || !told ? AGAIN_AFTER_MS : APPLIED_EVERY_MS, signal);
    }
  }

  /**
   * @returns whether the controller knows the current troubles. If it does not, the report is tried again
   *   before the regular one
   */
  async #report(signal: AbortSignal): Promise<boolean> {
    const { client, sequences, logger, observe } = this.#ports;
    let troubles = this.#toldTroubles;
    try {
      const state = await observe();
      if (state === undefined) return true;
      troubles = JSON.stringify(state.troubles);
      this.#learn(state, await client.reportApplied(await this.#message(state), signal));
      this.#toldTroubles = troubles;
      if (state.toCosign !== undefined) this.#ports.cosigned(state.toCosign);
    } catch (error) {
      if (signal.aborted) return true;
      // It may be an older controller now, which refuses what it does not know.
      if (error instanceof ProblemError && NOT_UNDERSTOOD.has(error.problem.code)) this.#wantsFigures = false;
      await resumeSequence(sequences, 'applied', error);
      logger.debug(
        { [LogField.error]: error },
        'the applied epoch could not be reported; the next report follows',
      );
    }
    return troubles === this.#toldTroubles;
  }

  #learn({ peers }: AppliedState, { differing, reads_figures }: AppliedAnswer): void {
    this.#wantsFigures = (reads_figures ?? 0) >= FIGURES_VERSION;
    if (differing === undefined) return;
    const otherwise = new Map(differing.map(({ node_id, epoch_id }) => [node_id, epoch_id]));
    this.#otherEnds = new Map(
      wirePeers(peers).map(({ node_id, epoch_id }) => [
        node_id,
        otherwise.has(node_id) ? (otherwise.get(node_id) ?? null) : epoch_id,
      ]),
    );
    this.#answeredAtMs = this.#ports.controllerClock.nowMs();
  }

  async #message({ epochId, peers, figures, troubles, toCosign }: AppliedState) {
    const { enrolment, instanceId, sequences, controllerClock, sign } = this.#ports;
    const { mesh_id, node_id } = enrolment();
    const named = wirePeers(peers);
    return signMessage(
      'applied',
      {
        mesh_id,
        node_id,
        sequence: await sequences.next('applied'),
        sent_at: formatRfc3339(controllerClock.nowMs()),
        instance_id: instanceId,
        epoch_id: epochId,
        peers: named,
        ...defined({ figures: this.#wantsFigures ? wireFigures(figures, named.length) : undefined }),
        ...this.#wireTroubles(troubles),
        ...(toCosign === undefined
          ? {}
          : { log_cosignature: cosign(toCosign, Math.floor(controllerClock.nowMs() / 1_000), sign) }),
      },
      sign,
    );
  }

  #wireTroubles({ tunnel, measurement, log }: AppliedState['troubles']): { troubles?: WireTroubles } {
    if (tunnel === undefined && measurement === undefined && log === undefined) return {};
    return {
      troubles: {
        ...(tunnel === undefined ? {} : { tunnel: this.#wireTrouble(tunnel) }),
        ...(measurement === undefined ? {} : { measurement: this.#wireTrouble(measurement) }),
        ...(log === undefined ? {} : { log: this.#wireTrouble(log) }),
      },
    };
  }

  /** A trouble as it is sent. Its time is converted to the controller's clock. */
  #wireTrouble({ sinceMs, code, message }: Trouble): WireTrouble {
    const { controllerClock } = this.#ports;
    return {
      since: formatRfc3339(Math.floor(controllerClock.fromWallMs(sinceMs))),
      code,
      reason: oneLine(message),
    };
  }
}
