// Checks whether a presented secret is that of a token. A comparison is made even if the token does not
// exist, so that neither the answer nor the time that it takes tells which token ids exist.

import { equalBytes, fromHex, type Sha256Hex } from '@mesh/primitives';
import { type Problem, problem } from '@mesh/protocol';
import type { TokenRecord } from '../state/records.ts';

/** Stands for the hash of a token that does not exist. No known secret has this hash. */
const NO_HASH = '00'.repeat(32);

/**
 * @param secretHash SHA-256 of the presented secret
 * @returns `token_invalid`, or undefined if the secret is the token's
 */
export function findTokenSecretObjection(
  token: TokenRecord | undefined,
  secretHash: Sha256Hex,
): Problem | undefined {
  const isSame = equalBytes(fromHex(token?.secretHash ?? NO_HASH), fromHex(secretHash));
  if (isSame && token?.isWithdrawn === false) return undefined;
  if (isSame && token !== undefined)
    return problem(
      'token_invalid',
      'the join token has been withdrawn; ask the operator for a new one (meshctl tokens create)',
    );
  return problem(
    'token_invalid',
    'the join token is unknown; ask the operator for a new one (meshctl tokens create)',
  );
}
