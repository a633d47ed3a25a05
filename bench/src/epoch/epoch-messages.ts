// Messages between the epoch benchmark and the process that holds one mesh.

import type { ControllerConfig } from '../../../apps/controller/src/settings/config.ts';

export type EpochRequest =
  | { readonly op: 'start'; readonly config: ControllerConfig }
  /** Encapsulates ahead, opens one more epoch and publishes it to every node. */
  | { readonly op: 'rotate' }
  /** Gives every node its first benchmark, opens an epoch that admits all of them, and publishes it. */
  | { readonly op: 'admit'; readonly kemPublicKey: string };

/** The cost of a start that decides on every node of the mesh. */
export interface StartFigures {
  readonly startMs: number;
  readonly rssMiB: number;
}

/** What an epoch costs from the order to open it to the last node's answer. */
export interface PublishFigures {
  /** From the order to the epoch on disk: secret, decisions, log, commits. */
  readonly freezeMs: number;
  /** From the order to the last node's answer rendered, with a key for each of its peers. */
  readonly publishMs: number;
  /** CPU time of the process in that time, over all its threads. */
  readonly publishCpuMs: number;
  readonly answers: number;
  readonly bytesPerAnswer: number;
  readonly loopDelayP50Ms: number;
  readonly loopDelayP99Ms: number;
  readonly loopDelayMaxMs: number;
  readonly peakRssMiB: number;
  /** One node's answer. */
  readonly sample: string;
}

export interface RotateFigures extends PublishFigures {
  /** Only the pure decision about every node. */
  readonly evaluateMs: number;
  /** CPU time of the encapsulations, which are made before the order. */
  readonly aheadCpuMs: number;
  /** After a garbage collection, with nothing in progress. */
  readonly heapMiB: number;
}

export type EpochReply =
  | {
      readonly ok: true;
      readonly start?: StartFigures;
      readonly rotate?: RotateFigures;
      readonly admit?: PublishFigures;
    }
  | { readonly ok: false; readonly message: string };
