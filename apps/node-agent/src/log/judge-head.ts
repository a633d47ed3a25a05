// Judges the head of the log that an answer names, against the last head that the node has accepted. Pure.

import { emptyTreeRoot, openCheckpoint, type VerifiedSignature, verifyConsistency } from '@mesh/audit';
import { platformSha256 } from '@mesh/host';
import { decodeBase64, defined, type Ed25519Verify, encodeBase64 } from '@mesh/primitives';
import type { LogProof } from '@mesh/protocol';
import { type LogHead, noteOf, type SignedLogHead } from './log-head.ts';
import type { PinnedLog } from './pinned-log.ts';

/** Why a head is refused. */
export type RefusalCode =
  /** It has the size of the accepted head, and another root. */
  | 'forked'
  /** It covers less than the accepted head. */
  | 'shrunk'
  /** The log says that it signed this head before the accepted one. */
  | 'back_dated'
  /** The proof does not lead from the accepted head to this one. */
  | 'inconsistent'
  /** A signature by a pinned key is missing or wrong. */
  | 'unsigned'
  /** The answer names another head than the accepted one, and proves nothing. */
  | 'unproven';

export interface Refusal {
  readonly code: RefusalCode;
  /** What was shown; without signatures if they are missing or of no use. */
  readonly shown: SignedLogHead;
  /** The proof that came with it; undefined for none. */
  readonly consistency: readonly string[] | undefined;
}

export type HeadVerdict =
  /** It is the accepted head, or there is nothing to compare yet. */
  | { readonly kind: 'known' }
  | { readonly kind: 'newer'; readonly head: SignedLogHead }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/** What an answer says about the log. */
export interface SaidHead {
  readonly head: LogHead;
  readonly proof: LogProof | undefined;
}

const KNOWN: HeadVerdict = { kind: 'known' };
const NOTHING: LogHead = { size: 0, rootHash: encodeBase64(emptyTreeRoot()) };

/**
 * @param log undefined while the node does not know the log; then it compares nothing
 * @param held the last head that the node has accepted; undefined before the first. Until then an answer
 *   without a proof is taken as that of a controller that makes none
 */
export function judgeHead(
  log: PinnedLog | undefined,
  held: SignedLogHead | undefined,
  { head, proof }: SaidHead,
  verify?: Ed25519Verify,
): HeadVerdict {
  if (log === undefined || (held === undefined && proof === undefined)) return KNOWN;
  if (held?.size === head.size && held.rootHash === head.rootHash) return KNOWN;
  const refuse = (code: RefusalCode, shown: SignedLogHead): HeadVerdict => ({
    kind: 'refused',
    refusal: { code, shown, consistency: proof?.consistency },
  });
  const bare = { ...head, signatures: [] };
  if (proof === undefined) return refuse(held?.size === head.size ? 'forked' : 'unproven', bare);
  const claimed = { ...head, signatures: proof.signatures };
  const signed = verifySignatures(log, claimed, verify);
  if (signed === undefined) return refuse('unsigned', claimed);
  const before = held ?? NOTHING;
  if (head.size < before.size) return refuse('shrunk', signed);
  if (head.size === before.size) return refuse('forked', signed);
  if (!hasGrown(before, head, proof)) return refuse('inconsistent', signed);
  if ((signed.timeSeconds ?? 0) < (held?.timeSeconds ?? 0)) return refuse('back_dated', signed);
  return { kind: 'newer', head: signed };
}

/**
 * Judges the head of an answer that is the same for many nodes. It proves nothing, and may be a second older
 * than what another answer has shown, so nothing but another root counts.
 */
export function judgeSharedHead(held: LogHead | undefined, head: LogHead): HeadVerdict {
  if (held === undefined || held.size !== head.size || held.rootHash === head.rootHash) return KNOWN;
  return {
    kind: 'refused',
    refusal: { code: 'forked', shown: { ...head, signatures: [] }, consistency: undefined },
  };
}

/**
 * Of each kind of key that is pinned, one must have signed, and no signature by a pinned key may be wrong.
 * @returns undefined if that is not so
 */
function verifySignatures(
  { origin, keys }: PinnedLog,
  head: SignedLogHead,
  verify: Ed25519Verify | undefined,
): SignedLogHead | undefined {
  let signatures: readonly VerifiedSignature[];
  try {
    const note = noteOf(origin, head) ?? '';
    ({ signatures } = openCheckpoint(note, { origin, logKeys: keys, ...defined({ verify }) }));
  } catch {
    // Whatever is wrong with it, it is not a head that the log has signed.
    return undefined;
  }
  const kinds = new Set(signatures.map(({ key }) => key.kind));
  if (keys.some(({ kind }) => !kinds.has(kind))) return undefined;
  const timeSeconds = signatures.find((signature) => signature.timeSeconds !== undefined)?.timeSeconds;
  return { ...head, ...defined({ timeSeconds }) };
}

function hasGrown(before: LogHead, { size, rootHash }: LogHead, { consistency }: LogProof): boolean {
  const claim = {
    oldSize: before.size,
    oldRoot: decodeBase64(before.rootHash),
    newSize: size,
    newRoot: decodeBase64(rootHash),
    proof: consistency.map((hash) => decodeBase64(hash)),
  };
  return verifyConsistency(claim, platformSha256);
}
