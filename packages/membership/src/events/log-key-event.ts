// What happens when another pair of keys takes over the signing of the log's heads, and the log entries of
// it. Each entry names the keys that sign heads from it on, so followers of the log who trust the earlier
// keys learn the next ones from entries that a head signed with the earlier keys covers.

import type { JsonValue } from '@mesh/primitives';
import { type Actor, causeFields } from './actor.ts';

/** The two keys that sign heads together. */
export interface LogKeyPair {
  /** Ed25519, strict base64. It names the pair. */
  readonly publicKey: string;
  /** The texts of both, as witnesses are configured with them: Ed25519, then ML-DSA-44. */
  readonly verifierKeys: readonly string[];
}

export type LogKeyEvent =
  /** From here on both pairs sign. */
  | {
      readonly type: 'log_key_prepared';
      readonly present: LogKeyPair;
      readonly next: LogKeyPair;
      /** The private halves of the next pair, sealed under the master key. They are not in the log. */
      readonly sealedSeeds: Uint8Array;
      readonly why: string;
      readonly actor: Actor;
    }
  /** The next pair alone signs, and the private halves of the one before are destroyed. */
  | {
      readonly type: 'log_key_finished';
      /** That signs. */
      readonly present: LogKeyPair;
      /** The witnesses that had not taken a head for the next pair's signatures, by address. */
      readonly notConfirmed: readonly string[];
      readonly why: string;
      readonly actor: Actor;
    }
  /** The private halves of the next pair are destroyed, and the present one signs alone. */
  | {
      readonly type: 'log_key_aborted';
      /** That signs. */
      readonly present: LogKeyPair;
      readonly why: string;
      readonly actor: Actor;
    };

/** What an entry shows. */
export function logKeyLogData(event: LogKeyEvent): { readonly [name: string]: JsonValue } {
  const { present } = event;
  switch (event.type) {
    case 'log_key_prepared':
      return {
        verifier_keys: [...present.verifierKeys, ...event.next.verifierKeys],
        ...causeFields(event),
      };
    case 'log_key_finished':
      return {
        verifier_keys: [...present.verifierKeys],
        not_confirmed: event.notConfirmed.length,
        ...causeFields(event),
      };
    case 'log_key_aborted':
      return { verifier_keys: [...present.verifierKeys], ...causeFields(event) };
    default:
      return event satisfies never;
  }
}
