// How the brake's hold of a node changes with its events.

import type { BrakeEvent } from '../events/brake-event.ts';
import type { NodeRecord } from './records.ts';

type HoldEvent = Extract<BrakeEvent, { type: 'node_held' | 'hold_released' | 'hold_ended' }>;

/** A release of a node that is not held changes nothing. */
export function holdAfter({ hold }: NodeRecord, event: HoldEvent, atMs: number): Partial<NodeRecord> {
  switch (event.type) {
    case 'node_held':
      return { hold: { cause: event.cause, untilMs: event.untilMs, limited: true }, heldSinceMs: atMs };
    case 'hold_released':
      return { hold: hold && { ...hold, untilMs: event.untilMs, limited: false } };
    case 'hold_ended':
      return { hold: undefined };
  }
}
