// The keys that sign the log's heads, and those that did: what commands and the database need to know.

import type { LogKeyEvent, LogKeyPair } from '../events/log-key-event.ts';

export interface NextLogKeys extends LogKeyPair {
  /** Its private halves, sealed under the master key. */
  readonly sealedSeeds: Uint8Array;
}

export interface LogKeyState {
  /** The pair that signs; undefined where there was only ever one. */
  readonly present: LogKeyPair | undefined;
  /** The pair that signs as well, and is to sign alone; undefined if no change is under way. */
  readonly next: NextLogKeys | undefined;
  /** Pairs that signed before, the oldest first: heads that others keep may bear no other signature. */
  readonly ended: readonly LogKeyPair[];
}

export const ONE_LOG_KEY: LogKeyState = { present: undefined, next: undefined, ended: [] };

/** @returns undefined if the event does not fit the state: a bug in the command that made it */
export function logKeysAfter(before: LogKeyState, event: LogKeyEvent): LogKeyState | undefined {
  const { present, next, ended } = before;
  switch (event.type) {
    case 'log_key_prepared': {
      if (next !== undefined || (present !== undefined && present.publicKey !== event.present.publicKey))
        return undefined;
      return { present: event.present, next: { ...event.next, sealedSeeds: event.sealedSeeds }, ended };
    }
    case 'log_key_finished':
      if (present === undefined || next?.publicKey !== event.present.publicKey) return undefined;
      return { present: event.present, next: undefined, ended: [...ended, present] };
    case 'log_key_aborted':
      if (next === undefined || present?.publicKey !== event.present.publicKey) return undefined;
      return { present, next: undefined, ended };
    default:
      return event satisfies never;
  }
}
