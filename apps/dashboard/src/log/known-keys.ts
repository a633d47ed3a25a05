// The log's keys as this browser knows them: those that it saw first, and later ones that they vouch for. An
// entry that names other keys counts if a head that a known key has signed covers it: while keys are changed,
// old and new ones sign every head.

import { leafHash, parseTlogProof, parseVerifierKey, verifyTlogProof } from '@mesh/audit';
import { canonicalJson, type JsonValue, utf8 } from '@mesh/primitives';
import type { LogEntryView, LogIdentity } from '@mesh/protocol';

export interface KnownKeysPorts {
  readonly storage: Pick<Storage, 'getItem' | 'setItem'>;
  /** The newest entry of a change of keys; undefined if none is found. */
  readonly newestChange: () => Promise<LogEntryView | undefined>;
  /** C2SP tlog-proof. */
  readonly proofOf: (index: number) => Promise<string>;
}

export class UnknownKeysError extends Error {}

/**
 * @throws UnknownKeysError if the controller names keys for which the known ones do not vouch; whatever the
 *   ports throw
 */
export async function knownKeys(
  { origin, verifier_keys: named }: LogIdentity,
  { storage, newestChange, proofOf }: KnownKeysPorts,
): Promise<readonly string[]> {
  const name = `log keys of ${origin}`;
  const kept = storage.getItem(name)?.split('\n');
  if (kept !== undefined && haveSame(kept, named)) return kept;
  if (kept !== undefined) {
    const change = await newestChange();
    const vouched = change && vouchedBy(kept, origin, change, await proofOf(change.index));
    if (vouched === undefined || !haveSame(vouched, named)) throw new UnknownKeysError(UNKNOWN);
  }
  storage.setItem(name, named.join('\n'));
  return named;
}

const UNKNOWN =
  "the controller names keys of the log that this browser does not know, and no head that the known keys have signed says that they were changed. Compare them with `meshctl log key` on the controller's host: if they differ, somebody shows you another log; if they agree, the keys were changed while this page was closed: clear this site's data";

/** @returns the keys that the entry names; undefined if the proof does not hold */
function vouchedBy(
  known: readonly string[],
  origin: string,
  { index, entry }: LogEntryView,
  proofText: string,
): readonly string[] | undefined {
  try {
    const proof = parseTlogProof(proofText);
    if (proof.index !== index) return undefined;
    verifyTlogProof(proof, leafOf(entry), { origin, logKeys: known.map(parseVerifierKey) });
    const { verifier_keys: keys } = entry.data as { readonly verifier_keys?: unknown };
    return Array.isArray(keys) ? keys.map(String) : undefined;
  } catch {
    return undefined;
  }
}

/** Revealed details are not part of the entry itself, which only commits to them. */
export function leafOf({ revealed: _revealed, ...published }: LogEntryView['entry']): Uint8Array {
  return leafHash(utf8(canonicalJson(published as JsonValue)));
}

const haveSame = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((key) => other.includes(key));
