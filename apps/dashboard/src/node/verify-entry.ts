// Verifies in the browser that the log has an entry: the entry's hash, the path to the root of a signed head,
// and the log's signature of that head. The log's keys are those that this browser saw first.

import { leafHash, parseTlogProof, parseVerifierKey, verifyTlogProof } from '@mesh/audit';
import { canonicalJson, type JsonValue, utf8 } from '@mesh/primitives';
import type { LogEntryView, LogIdentity } from '@mesh/protocol';
import { AskError, ask, askJson } from '../session/ask.ts';

export interface Verified {
  /** `later`: no published head covers the entry yet. */
  readonly kind: 'verified' | 'refused' | 'later' | 'unanswered';
  readonly sentence: string;
}

export async function verifyEntry({ index, entry }: LogEntryView): Promise<Verified> {
  try {
    const [identity, text] = await Promise.all([
      askJson<LogIdentity>('/v1/admin/log/key'),
      ask(`/v1/log/proof?index=${index}`).then((answer) => answer.text()),
    ]);
    return judge(index, entry, text, identity, pinned(identity));
  } catch (error) {
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
    // What was only committed to is no part of the entry itself.
    const { revealed: _revealed, ...published } = entry;
    const leaf = leafHash(utf8(canonicalJson(published as JsonValue)));
    const { checkpoint, signatures } = verifyTlogProof(proof, leaf, {
      origin,
      logKeys: known.map(parseVerifierKey),
    });
    return {
      kind: 'verified',
      sentence: `verified here: in the signed head of ${checkpoint.size} entries, ${signatures.length === 1 ? 'one signature' : `${signatures.length} signatures`}`,
    };
  } catch (error) {
    return refused(error instanceof Error ? error.message : String(error));
  }
}

const refused = (why: string): Verified => ({ kind: 'refused', sentence: `NOT verified: ${why}` });

/** The keys of this log that this browser saw first. A later change of keys shows as a refusal. */
function pinned({ origin, verifier_keys }: LogIdentity): readonly string[] {
  const name = `log keys of ${origin}`;
  const kept = localStorage.getItem(name);
  if (kept !== null) return kept.split('\n');
  localStorage.setItem(name, verifier_keys.join('\n'));
  return verifier_keys;
}
