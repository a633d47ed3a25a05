// A join token says who may enrol, and lets the agent check that it talks to the right controller.
// meshjoin1.<token id>.<secret>.<pin>[.<pin>]   each part base64url; pin = SHA-256 of a CA's public key info.

import { decodeBase64Url, encodeBase64Url } from '@mesh/primitives';

const PREFIX = 'meshjoin1';
const ID_BYTES = 9;
const SECRET_BYTES = 32;
const PIN_BYTES = 32;
const MAX_PINS = 4;
/** More than a token with four pins needs. A longer text is not a token, and is not split. */
const MAX_LENGTH = 512;

declare const brand: unique symbol;

/** Names a token in lists and logs; not secret. Base64url of 9 bytes. */
export type TokenId = string & { readonly [brand]: 'TokenId' };

export interface JoinToken {
  readonly tokenId: TokenId;
  /** 32 bytes; the controller stores only its SHA-256. */
  readonly secret: Uint8Array;
  /** SHA-256 of the DER SubjectPublicKeyInfo of each CA to accept; several while a CA is being replaced. */
  readonly caPins: readonly Uint8Array[];
}

export class JoinTokenError extends Error {
  readonly code = 'join_token_invalid';
  constructor(why: string) {
    super(`the join token ${why}; ask the operator for a new one (meshctl tokens create)`);
    this.name = 'JoinTokenError';
  }
}

/** @param bytes 9 random bytes */
export function tokenIdOf(bytes: Uint8Array): TokenId {
  if (bytes.length !== ID_BYTES) throw new RangeError(`a token id has ${ID_BYTES} bytes`);
  return encodeBase64Url(bytes) as TokenId;
}

/**
 * Writes a token; the text is secret (and a string: it cannot be zeroed).
 *
 * @throws JoinTokenError for parts that `parseJoinToken` could not read back
 */
export function formatJoinToken({ tokenId, secret, caPins }: JoinToken): string {
  const text = [PREFIX, tokenId, encodeBase64Url(secret), ...caPins.map(encodeBase64Url)].join('.');
  parseJoinToken(text);
  return text;
}

/**
 * Reads a token. White space around it (a file's last line feed) is ignored; the token itself has only one
 * spelling.
 *
 * @throws JoinTokenError with a message that never repeats the token
 */
export function parseJoinToken(text: string): JoinToken {
  if (text.length > MAX_LENGTH) throw new JoinTokenError(`is longer than ${MAX_LENGTH} characters`);
  const [prefix, tokenId, secret, ...pins] = text.trim().split('.');
  if (prefix !== PREFIX) throw new JoinTokenError(`does not start with ${PREFIX}`);
  if (tokenId === undefined || secret === undefined || pins.length === 0)
    throw new JoinTokenError('is cut short');
  if (pins.length > MAX_PINS) throw new JoinTokenError('names more than four CA pins');
  const part = (name: string, value: string, lengthBytes: number) => {
    try {
      return decodeBase64Url(value, { lengthBytes });
    } catch {
      throw new JoinTokenError(`has a damaged ${name}`);
    }
  };
  part('id', tokenId, ID_BYTES);
  return {
    tokenId: tokenId as TokenId,
    secret: part('secret', secret, SECRET_BYTES),
    caPins: pins.map((pin) => part('pin', pin, PIN_BYTES)),
  };
}
