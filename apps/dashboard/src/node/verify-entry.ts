// Verifies in the browser that the log has an entry: the entry's hash, the path to the root of a signed head,
// and the log's signature of that head.

import { parseTlogProof, parseVerifierKey, verifyTlogProof } from '@mesh/audit';
import type { LogEntryView, LogIdentity } from '@mesh/protocol';
import { leafOf, UnknownKeysError } from '../log/known-keys.ts';
import { askKeys, askProof } from '../log/log-requests.ts';
import { AskError, messageOf } from '../session/ask.ts';

export interface Verified {
  /** `later`: no published head covers the entry yet. */
  readonly kind: 'verified' | 'refused' | 'later' | 'unanswered';
  readonly sentence: string;
}

export async function verifyEntry({ index, entry }: LogEntryView): Promise<Verified> {
  try {
    const [{ known, ...identity }, text] = await Promise.all([askKeys(), askProof(index)]);
    return judge(index, entry, text, identity, known);
  } catch (error) {
    if (error instanceof UnknownKeysError) return refused(error.message);
    if (!(error instanceof AskError)) throw error;
    return error.status === 404
      ? { kind: 'later', sentence: 'no published head covers it yet' }
      : { kind: 'unanswered', sentence: `not checked: ${error.message}` };
  }
}

/**
 * @param proofText C2SP tlog-proof
 * @param known the log's keys as this browser knows them
 */
export function judge(
  index: number,
  entry: LogEntryView['entry'],
  proofText: string,
  { origin }: LogIdentity,
  known: readonly string[],
): Verified {
  try {
    const proof = parseTlogProof(proofText);
    if (proof.index !== index) return refused('the proof is of another entry');
    const { checkpoint, signatures } = verifyTlogProof(proof, leafOf(entry), {
      origin,
      logKeys: known.map(parseVerifierKey),
    });
    return {
      kind: 'verified',
      sentence: `verified here: in the signed head of ${checkpoint.size} entries, ${signatures.length === 1 ? 'one signature' : `${signatures.length} signatures`}`,
    };
  } catch (error) {
    return refused(messageOf(error));
  }
}

const refused = (why: string): Verified => ({ kind: 'refused', sentence: `NOT verified: ${why}` });
