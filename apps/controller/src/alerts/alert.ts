// An alert: what a receiver is told, before it gets the form that the receiver wants.

import type { JsonValue } from '@mesh/primitives';
import type { AlertEvent } from '../settings/alerts-setting.ts';

export interface Alert {
  /** The same for every receiver and every try. Letters, digits, hyphens and underscores. */
  readonly id: string;
  /** `test`: somebody asked for it. */
  readonly event: AlertEvent | 'test';
  /** `event`: it happened. `firing`: it goes on, and `resolved` will follow. */
  readonly status: 'event' | 'firing' | 'resolved';
  readonly severity: 'critical' | 'warning' | 'info';
  /** When it happened or began, or when it ended; wall clock. */
  readonly atMs: number;
  /** One sentence. */
  readonly summary: string;
  /** What the finding is about, for those of one event that can go on side by side. */
  readonly subject?: string;
  readonly nodeId?: string;
  readonly epochId?: number;
  /** The entry of the log that it rests on, as everybody may read it. */
  readonly entry?: {
    readonly index: number;
    readonly type: string;
    readonly data: { readonly [name: string]: JsonValue };
  };
}

/** Where an alert stands between the others: behind this many entries of the log, or as this finding. */
export type AlertPosition =
  | { readonly kind: 'entry'; readonly index: number }
  | { readonly kind: 'finding'; readonly finding: number };

export interface QueuedAlert {
  readonly position: AlertPosition;
  readonly alert: Alert;
}
