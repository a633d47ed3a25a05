// Sends signed reports to the controller: which epoch's key is set for which peer, how old the handshakes
// are, and what fails here. It reports every half minute, when an epoch was applied, and when something
// begins to fail or stops failing. The answer says which epochs the other ends have set.

import { LogField, type Logger, Nap, sleep, type Timers } from '@mesh/host';
import { defined, type EpochId, formatRfc3339, type NodeId } from '@mesh/primitives';
import {
  type AppliedAnswer,
  type NodeClient,
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

export interface AppliedPeer {
  readonly nodeId: NodeId;
  readonly epochId: EpochId | null;
  readonly handshakeAgeMs: number | null;
  /** The slot that this node sends on, if the pair was moved to it. */
  readonly slot?: 'b';
}

export interface AppliedState {
  /** Null if no config has named an epoch yet. */
  readonly epochId: EpochId | null;
  readonly peers: readonly AppliedPeer[];
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

const EVERY_MS = 30_000;
/** How long a change of the troubles may settle before it is reported. */
const SETTLES_WITHIN_MS = 1_000;
/**
 * How long after the report of an applied epoch the next report is sent. By then the other ends have reported
 * it as well.
 */
const AGAIN_AFTER_MS = 5_000;
/** The last answer is out of date after three reports without an answer. */
const ANSWER_IS_FRESH_MS = 100_000;
/**
 * The limit of the list of peers. The controller reads 65,536 bytes of a message, and the troubles take up to
 * 4,000 of them.
 */
const MAX_PEERS_BYTES = 60_000;
const MAX_REASON_LENGTH = 500;

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
      await this.#nap.take(isNudged || !told ? AGAIN_AFTER_MS : EVERY_MS, signal);
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
      await resumeSequence(sequences, 'applied', error);
      logger.debug(
        { [LogField.error]: error },
        'the applied epoch could not be reported; the next report follows',
      );
    }
    return troubles === this.#toldTroubles;
  }

  #learn({ peers }: AppliedState, { differing }: AppliedAnswer): void {
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

  async #message({ epochId, peers, troubles, toCosign }: AppliedState) {
    const { enrolment, instanceId, sequences, controllerClock, sign } = this.#ports;
    const { mesh_id, node_id } = enrolment();
    return signMessage(
      'applied',
      {
        mesh_id,
        node_id,
        sequence: await sequences.next('applied'),
        sent_at: formatRfc3339(controllerClock.nowMs()),
        instance_id: instanceId,
        epoch_id: epochId,
        peers: wirePeers(peers),
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

/** The peers as they are sent, as many as fit into one message. */
function wirePeers(peers: readonly AppliedPeer[]) {
  const wire = peers.map((peer) => ({
    node_id: peer.nodeId,
    epoch_id: peer.epochId,
    handshake_age_ms: peer.handshakeAgeMs,
    ...defined({ slot: peer.slot }),
  }));
  let bytes = 0;
  const firstLeftOut = wire.findIndex((peer) => {
    bytes += JSON.stringify(peer).length + 1;
    return bytes > MAX_PEERS_BYTES;
  });
  return firstLeftOut < 0 ? wire : wire.slice(0, firstLeftOut);
}
