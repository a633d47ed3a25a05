// Tells the controller, signed, which epoch's keys are set for which peer and how old the handshakes are: every half
// minute, and when an epoch was applied. An observation: a report that fails is not repeated, the next one comes.

import { type Logger, sleep, type Timers } from '@mesh/host';
import { type EpochId, formatRfc3339, type NodeId } from '@mesh/primitives';
import { type NodeClient, ProblemError, type Sign, signMessage } from '@mesh/protocol';
import type { Enrolment } from '../identity/enrolment-file.ts';
import type { SequenceFile } from '../identity/sequence-file.ts';
import type { ControllerClock } from './controller-clock.ts';

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
/** The message takes no more. */
const MAX_PEERS = 4096;

export class AppliedReporter {
  readonly #ports: ReportAppliedPorts;
  #wake = new AbortController();

  constructor(ports: ReportAppliedPorts) {
    this.#ports = ports;
  }

  /** An epoch was applied: the controller hears of it soon. */
  nudge(): void {
    this.#wake.abort();
  }

  /** Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#wake = new AbortController();
      await this.#report(signal);
      const either = AbortSignal.any([signal, this.#wake.signal]);
      await sleep(this.#ports.timers, EVERY_MS, either).catch(() => undefined);
    }
  }

  async #report(signal: AbortSignal): Promise<void> {
    const { client, sequences, logger, observe } = this.#ports;
    try {
      const state = await observe();
      if (state === undefined) return;
      await client.reportApplied(await this.#message(state), signal);
    } catch (error) {
      if (signal.aborted) return;
      const last = error instanceof ProblemError ? Number(error.problem.last_sequence) : Number.NaN;
      if (Number.isSafeInteger(last)) await sequences.resumeAbove('applied', last);
      logger.debug({ err: error }, 'the applied epoch could not be reported; the next report follows');
    }
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
