// Messages between the epoch benchmark and the process that holds one mesh.

import type { ControllerConfig } from '../../../apps/controller/src/settings/config.ts';

export type EpochRequest =
  | { readonly op: 'start'; readonly config: ControllerConfig }
  /** Opens one more epoch and publishes it to every node. */
  | { readonly op: 'rotate' };

/** The cost of a start that admits every node of the mesh. */
export interface StartFigures {
  readonly startMs: number;
  readonly rssMiB: number;
}

export interface RotateFigures {
  /** Only the pure decision about every node. */
  readonly evaluateMs: number;
  /** From the order to the epoch on disk: secret, decisions, log, commit. */
  readonly freezeMs: number;
  /** From the order to the last node's delta rendered, with a key for each of its peers. */
  readonly publishMs: number;
  /** CPU time of the process in that time, over all its threads. */
  readonly publishCpuMs: number;
  readonly answers: number;
  readonly bytesPerAnswer: number;
  readonly loopDelayP50Ms: number;
  readonly loopDelayP99Ms: number;
  readonly loopDelayMaxMs: number;
  readonly peakRssMiB: number;
  /** After a garbage collection, with nothing in progress. */
  readonly heapMiB: number;
  /** One node's answer. */
  readonly sample: string;
}

export type EpochReply =
  | { readonly ok: true; readonly start?: StartFigures; readonly rotate?: RotateFigures }
  | { readonly ok: false; readonly message: string };
