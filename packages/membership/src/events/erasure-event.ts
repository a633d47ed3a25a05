// What happens when details are erased: from then on entries before an index show no details and have no
// salt, so that nobody can tell what their commitments were about. The entries themselves stay.

import type { JsonValue, NodeId } from '@mesh/primitives';
import { type Actor, causeFields } from './actor.ts';

export type ErasureEvent =
  /** Those of one node. */
  | {
      readonly type: 'node_details_erased';
      readonly nodeId: NodeId;
      /** An index of the log: entries before it. */
      readonly before: number;
      readonly why: string;
      readonly actor: Actor;
    }
  /** Those of all nodes, because they are older than the configuration allows. */
  | { readonly type: 'details_expired'; readonly before: number; readonly keptDays: number };

/** What an entry shows. */
export function erasureLogData(event: ErasureEvent): { readonly [name: string]: JsonValue } {
  return event.type === 'node_details_erased'
    ? { before: event.before, ...causeFields(event) }
    : { before: event.before, kept_days: event.keptDays };
}
