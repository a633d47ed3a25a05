// Verifies a published head of the log in the browser: the log's own signature, and the cosignatures of the
// witnesses that the controller's settings name.

import { openCheckpoint, parseVerifierKey } from '@mesh/audit';
import type { LogKeyView } from '@mesh/protocol';
import { messageOf } from '../session/ask.ts';

export interface CheckedHead {
  readonly kind: 'verified' | 'refused';
  readonly sentence: string;
}

/** @param known the log's keys as this browser knows them */
export function checkHead(
  note: string,
  { origin, witnesses, required_cosignatures: required }: LogKeyView,
  known: readonly string[],
): CheckedHead {
  try {
    const keys = (witnesses ?? []).map((witness) => witness.keys.map(parseVerifierKey));
    const { checkpoint, cosignatures } = openCheckpoint(note, {
      origin,
      logKeys: known.map(parseVerifierKey),
      witnessKeys: keys.flat(),
    });
    // A witness that has several keys counts once.
    const count = keys.filter((own) => cosignatures.some(({ key }) => own.includes(key))).length;
    const head = `the head of ${checkpoint.size} entries`;
    if (keys.length === 0)
      return { kind: 'verified', sentence: `${head} is signed by the log, verified here; no witness is set` };
    const sentence = `${head}: ${count} of ${keys.length} witnesses, verified here`;
    return count < (required ?? 0)
      ? { kind: 'refused', sentence: `${sentence}; it needs ${required}` }
      : { kind: 'verified', sentence };
  } catch (error) {
    return {
      kind: 'refused',
      sentence: `NOT verified: ${messageOf(error)}`,
    };
  }
}
