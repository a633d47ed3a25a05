// What a drift signal leads to, beside a decline.

import type { EpochId, NodeId } from '@mesh/primitives';
import type { Reason } from '@mesh/scoring';

/**
 * A signal puts an admitted node on probation, from this epoch on. It is over after as many epochs as the
 * controller is set to; while the signal speaks, the next one follows.
 */
export interface DriftEvent {
  readonly type: 'probation_began';
  readonly nodeId: NodeId;
  readonly epochId: EpochId;
  readonly reason: Reason;
}
