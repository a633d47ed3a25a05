// What a receiver of alerts is for its queue: something that takes one alert at a time.

import type { Alert } from './alert.ts';

export type Delivery =
  | { readonly kind: 'delivered'; readonly answer: string }
  | {
      readonly kind: 'failed';
      /** Without secrets: it is shown and logged. */
      readonly why: string;
      /** How long the receiver asks to be left alone. */
      readonly waitMs?: number;
      /** Whether it refuses this alert, as it is. */
      readonly isRefused?: boolean;
    };

export interface Receiver {
  readonly name: string;
  readonly kind: 'webhook' | 'command';
  /** Where alerts go, as operators may see it: of a URL the host alone, which is no secret. */
  readonly target: string;
  readonly events: readonly string[];
  readonly timeoutMs: number;
  /**
   * Never rejects.
   *
   * @param dropped how many alerts it was never told of
   * @param signal aborts the try; its reason is an Error that says why
   */
  deliver(alert: Alert, dropped: number, signal: AbortSignal): Promise<Delivery>;
}
