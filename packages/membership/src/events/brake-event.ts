// What the safety brake does, and the log entries of it.

import { type EpochId, formatRfc3339, type JsonValue, type NodeId } from '@mesh/primitives';
import type { BrakeSettings, Reason } from '@mesh/scoring';
import { type Actor, causeFields } from './actor.ts';
import type { RecordedLate } from './recorded-late.ts';

export type BrakeEvent =
  /** One cause has cut as many nodes as it may: from here on it holds nodes in. */
  | {
      readonly type: 'brake_engaged';
      readonly cause: string;
      /** How many nodes it has cut within the window, how many it may, and of how many. */
      readonly cut: number;
      readonly cap: number;
      readonly admitted: number;
      readonly settings: BrakeSettings;
    }
  /** The policy denies the node, and the brake holds it in, limited, until `untilMs`. */
  | {
      readonly type: 'node_held';
      readonly nodeId: NodeId;
      readonly epochId: EpochId;
      readonly reason: Reason;
      readonly causes: readonly string[];
      readonly cause: string;
      /** As in `brake_engaged`, at the moment of this hold. */
      readonly cut: number;
      readonly cap: number;
      readonly admitted: number;
      readonly untilMs: number;
      readonly recordedLate?: RecordedLate;
    }
  /** Officers keep a held node in, without a limit, until `untilMs`. */
  | {
      readonly type: 'hold_released';
      readonly nodeId: NodeId;
      readonly epochId: EpochId;
      readonly untilMs: number;
    }
  /** The node meets the policy again. */
  | { readonly type: 'hold_ended'; readonly nodeId: NodeId; readonly epochId: EpochId }
  /** Somebody decided about the held nodes before their time. */
  | {
      readonly type: 'brake_ended';
      readonly decision: 'cut' | 'release';
      readonly held: number;
      readonly why: string;
      readonly actor: Actor;
    };

/** The brake holds a node in. */
export type HeldEvent = Extract<BrakeEvent, { type: 'node_held' }>;

type Fields = { readonly [name: string]: JsonValue };
const both = (data: Fields, details?: Fields) => ({ data, details });

/** What an entry shows, and what it only commits to. */
export function brakeLogEntry(event: BrakeEvent): ReturnType<typeof both> {
  switch (event.type) {
    case 'brake_engaged': {
      const { share, atLeast, windowMs, holdMs, againAfterMs } = event.settings;
      return both({
        cause: event.cause,
        cut: event.cut,
        cap: event.cap,
        admitted: event.admitted,
        settings: {
          share,
          at_least: atLeast,
          window_ms: windowMs,
          hold_ms: holdMs,
          again_after_ms: againAfterMs,
        },
      });
    }
    case 'brake_ended':
      return both({
        decision: event.decision,
        held: event.held,
        ...causeFields(event),
      });
    case 'node_held':
      return both(
        {
          reason_code: event.reason.code,
          until: formatRfc3339(event.untilMs),
          cut: event.cut,
          cap: event.cap,
          admitted: event.admitted,
        },
        {
          reason: { ...event.reason } as JsonValue,
          causes: [...event.causes],
          cause: event.cause,
        },
      );
    case 'hold_released':
      return both({ until: formatRfc3339(event.untilMs) });
    case 'hold_ended':
      return both({});
    default:
      return event satisfies never;
  }
}
