// What the verification of a file finds: step by step, and as a verdict.

import type { EpochId, NodeId } from '@mesh/primitives';

/** What contradicts the decision, or shows that the file is not what the log holds. */
export type ProofFault =
  | 'head_not_trusted'
  | 'wrong_log'
  | 'too_few_cosignatures'
  | 'other_history'
  | 'not_linked'
  | 'entry_not_canonical'
  | 'entry_not_in_log'
  | 'wrong_entry'
  | 'wrong_order'
  | 'back_dated'
  | 'details_differ'
  | 'policy_differs'
  | 'message_differs'
  | 'bad_signature'
  | 'numbers_differ'
  | 'attestation_differs'
  | 'state_differs'
  | 'watch_differs'
  | 'told_differs'
  | 'decision_differs'
  | 'pool_differs'
  | 'promise_differs'
  | 'draw_differs'
  | 'answers_differ'
  | 'grades_differ'
  | 'verdict_differs'
  | 'item_differs';

/** What cannot be shown any more, or was never recorded. */
export type ProofGap =
  | 'details_erased'
  | 'state_not_recorded'
  | 'policy_not_recorded'
  | 'result_not_recorded'
  | 'message_not_kept'
  | 'cause_not_recorded'
  | 'newer_version';

export type ProofStepName =
  | 'head'
  | 'history'
  | 'entries'
  | 'order'
  | 'details'
  | 'policy'
  | 'message'
  | 'standing'
  | 'alarm'
  | 'decision'
  | 'told'
  | 'pool'
  | 'promise'
  | 'draw'
  | 'answers'
  | 'signatures'
  | 'grades'
  | 'cancellation'
  | 'items'
  | 'verdict';

export type ProofStep =
  | { readonly step: ProofStepName; readonly outcome: 'shown'; readonly sentence: string }
  | {
      readonly step: ProofStepName;
      readonly outcome: 'missing';
      readonly code: ProofGap;
      readonly sentence: string;
    }
  | {
      readonly step: ProofStepName;
      readonly outcome: 'refuted';
      readonly code: ProofFault;
      readonly sentence: string;
    };

export interface ProofReport {
  /**
   * `proven`: every step is shown. `incomplete`: nothing contradicts the decision, and something cannot be
   * shown. `refuted`: the last step says what is wrong; nothing behind it was looked at.
   */
  readonly verdict: 'proven' | 'incomplete' | 'refuted';
  readonly steps: readonly ProofStep[];
  /** What the log says was decided; absent if the file does not show even that. */
  readonly decision?: DecisionInLog;
  /** What the node was told, if the file shows it. */
  readonly told?: readonly ToldInLog[];
}

/** A signed answer to the node's query for its config. */
export interface ToldInLog {
  readonly epochId: EpochId;
  /** Of the entry that commits to it. */
  readonly index: number;
  readonly kind: 'config' | 'removal_notice';
  /** `answerDigest` of what was signed, in hex. */
  readonly sha256: string;
  readonly version: string;
  readonly sentAtMs: number;
  /** When the entry was written. */
  readonly recordedAtMs: number;
  readonly allowed?: boolean;
  readonly reasonCode?: string;
}

export interface DecisionInLog {
  readonly nodeId: NodeId;
  readonly index: number;
  readonly atMs: number;
  /** The type of the entry, such as `node_denied`. */
  readonly type: string;
  readonly epochId?: EpochId | undefined;
  readonly reasonCode?: string | undefined;
}
