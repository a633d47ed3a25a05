// Whether a presented secret is that of a token. A token that does not exist is compared with too, so that neither answer nor
// time says which token ids there are.

import { equalBytes, fromHex, type Sha256Hex } from '@mesh/primitives';
import { type Problem, problem } from '@mesh/protocol';
import type { TokenRecord } from '../state/mesh-state.ts';

/** No secret has it for its hash. */
const NO_HASH = '00'.repeat(32);

/**
 * @param secretHash SHA-256 of the presented secret
 * @returns `token_invalid`, or undefined where the secret is the token's
 */
export function objectToTokenSecret(
  token: TokenRecord | undefined,
  secretHash: Sha256Hex,
): Problem | undefined {
  const isSame = equalBytes(fromHex(token?.secretHash ?? NO_HASH), fromHex(secretHash));
  if (isSame && token !== undefined) return undefined;
  return problem(
    'token_invalid',
    'the join token is unknown; ask the operator for a new one (meshctl tokens create)',
  );
}
