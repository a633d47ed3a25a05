// Tells the controller, signed, which epoch's keys are set for which peer and how old the handshakes are: every half
// minute, and when an epoch was applied. The answer says what the other ends have set. An observation: a report that fails is
// not repeated, the next one comes.

import { type Logger, sleep, type Timers } from '@mesh/host';
import { type EpochId, formatRfc3339, type NodeId } from '@mesh/primitives';
import { type AppliedAnswer, type NodeClient, type Sign, signMessage } from '@mesh/protocol';
import type { Enrolment } from '../identity/enrolment-file.ts';
import type { SequenceFile } from '../identity/sequence-file.ts';
import type { ControllerClock } from './controller-clock.ts';
import { resumeSequence } from './resume-sequence.ts';

export interface AppliedPeer {
  readonly nodeId: NodeId;
  readonly epochId: EpochId | null;
  readonly handshakeAgeMs: number | null;
}

export interface AppliedState {
  readonly epochId: EpochId;
  readonly peers: readonly AppliedPeer[];
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
  /** What is on the interface now; undefined before the first config. */
  readonly observe: () => Promise<AppliedState | undefined>;
}

const EVERY_MS = 30_000;
/** After an epoch was applied: by then the other ends have reported it as well. */
const AGAIN_AFTER_MS = 5_000;
/** Three reports that were not answered: what the last answer said is not known any more. */
const ANSWER_IS_FRESH_MS = 100_000;
/** The message takes no more. */
const MAX_PEERS = 4096;

export class AppliedReporter {
  readonly #ports: ReportAppliedPorts;
  #wake = new AbortController();
  #nudged = false;
  #otherEnds: ReadonlyMap<NodeId, EpochId | null> = new Map();
  #answeredAtMs = Number.NEGATIVE_INFINITY;

  constructor(ports: ReportAppliedPorts) {
    this.#ports = ports;
  }

  /** An epoch was applied: the controller hears of it soon. */
  nudge(): void {
    this.#nudged = true;
    this.#wake.abort();
  }

  /** The epoch whose key the other end of a pair has set, as the controller was told; null where that is not known. */
  epochThere(nodeId: NodeId): EpochId | null {
    const isFresh = this.#ports.controllerClock.nowMs() - this.#answeredAtMs <= ANSWER_IS_FRESH_MS;
    return (isFresh ? this.#otherEnds.get(nodeId) : undefined) ?? null;
  }

  /** Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#wake = new AbortController();
      const waitMs = this.#nudged ? AGAIN_AFTER_MS : EVERY_MS;
      this.#nudged = false;
      await this.#report(signal);
      const either = AbortSignal.any([signal, this.#wake.signal]);
      await sleep(this.#ports.timers, waitMs, either).catch(() => undefined);
    }
  }

  async #report(signal: AbortSignal): Promise<void> {
    const { client, sequences, logger, observe } = this.#ports;
    try {
      const state = await observe();
      if (state === undefined) return;
      this.#learn(state, await client.reportApplied(await this.#message(state), signal));
    } catch (error) {
      if (signal.aborted) return;
      await resumeSequence(sequences, 'applied', error);
      logger.debug({ err: error }, 'the applied epoch could not be reported; the next report follows');
    }
  }

  #learn({ peers }: AppliedState, { differing }: AppliedAnswer): void {
    if (differing === undefined) return;
    const otherwise = new Map(differing.map(({ node_id, epoch_id }) => [node_id, epoch_id]));
    this.#otherEnds = new Map(
      peers
        .slice(0, MAX_PEERS)
        .map(({ nodeId, epochId }) => [
          nodeId,
          otherwise.has(nodeId) ? (otherwise.get(nodeId) ?? null) : epochId,
        ]),
    );
    this.#answeredAtMs = this.#ports.controllerClock.nowMs();
  }

  async #message({ epochId, peers }: AppliedState) {
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
        peers: peers.slice(0, MAX_PEERS).map((peer) => ({
          node_id: peer.nodeId,
          epoch_id: peer.epochId,
          handshake_age_ms: peer.handshakeAgeMs,
        })),
      },
      sign,
    );
  }
}
