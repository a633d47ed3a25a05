// Can the join token be used, as far as it can be seen from here? Only the controller knows whether it has
// expired or was used up.

import { encodeBase64Url, wipe } from '@mesh/primitives';
import { parseJoinToken } from '@mesh/protocol';
import { readToken } from '../identity/read-token.ts';
import { type Finding, ok, skipped } from './finding.ts';

/** A join token's file, and the CA pins in it, base64url. */
export interface TokenPins {
  readonly tokenFile: string;
  readonly pins: readonly string[];
}

/**
 * @throws AgentError `usage` (no such file, or empty), HostError `file_unsafe`, JoinTokenError: none of them
 *   holds the token
 */
export async function readTokenPins(
  tokenFile: string,
  stdin: AsyncIterable<Buffer | string>,
): Promise<TokenPins> {
  const token = parseJoinToken(await readToken(tokenFile, stdin));
  wipe(token.secret);
  return { tokenFile, pins: token.caPins.map(encodeBase64Url) };
}

/** @param token undefined if none was named */
export function checkToken(token: TokenPins | undefined, isEnrolled: boolean): Finding {
  if (token !== undefined)
    return ok(
      `${token.tokenFile} is private and has the form of a token; it pins ${token.pins.join(' and ')}`,
    );
  return skipped(
    isEnrolled
      ? 'this node is enrolled and needs none'
      : 'none was named: give --token-file and --controller to check one before mesh-agent enrol',
  );
}
