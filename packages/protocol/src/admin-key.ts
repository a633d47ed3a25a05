// An API key for administration over the network:
// mesh_key_<id>_<secret><checksum>   in lower-case hex: 8 bytes, 32 bytes, 4 bytes.
// The prefix and the checksum let secret scanners find keys, and tell a mistyped key from an unknown one.

import { concatBytes, equalBytes, fromHex, portableSha256, toHex, utf8 } from '@mesh/primitives';

const PREFIX = 'mesh_key_';
const ID_BYTES = 8;
const SECRET_BYTES = 32;
const CHECKSUM_BYTES = 4;
const FORM = /^mesh_key_([0-9a-f]{16})_([0-9a-f]{64})([0-9a-f]{8})$/;

declare const brand: unique symbol;

/** Names a key in lists and logs; not secret. Hex of 8 bytes. */
export type AdminKeyId = string & { readonly [brand]: 'AdminKeyId' };

export interface AdminKey {
  readonly keyId: AdminKeyId;
  /** 32 random bytes; the controller stores only their SHA-256. */
  readonly secret: Uint8Array;
}

export class AdminKeyError extends Error {
  readonly code = 'admin_key_invalid';
  constructor(message: string) {
    super(message);
    this.name = 'AdminKeyError';
  }
}

/** @param bytes 8 random bytes @throws RangeError for another length */
export function adminKeyIdOf(bytes: Uint8Array): AdminKeyId {
  if (bytes.length !== ID_BYTES) throw new RangeError(`the id of a key has ${ID_BYTES} bytes`);
  return toHex(bytes) as AdminKeyId;
}

/** @throws AdminKeyError for anything but 16 lower-case hex digits */
export function parseAdminKeyId(text: string | undefined): AdminKeyId {
  if (text === undefined || !/^[0-9a-f]{16}$/.test(text))
    throw new AdminKeyError(
      'the id of an API key is the 16 hex digits after mesh_key_; meshctl keys list shows them',
    );
  return text as AdminKeyId;
}

/**
 * Writes a key; the text is secret (and a string: it cannot be zeroed).
 *
 * @throws RangeError unless the secret has 32 bytes
 */
export function formatAdminKey({ keyId, secret }: AdminKey): string {
  if (secret.length !== SECRET_BYTES) throw new RangeError(`the secret of a key has ${SECRET_BYTES} bytes`);
  return `${PREFIX}${keyId}_${toHex(secret)}${toHex(checksumOf(keyId, secret))}`;
}

/**
 * Reads a key. White space around it (a file's last line feed) is ignored; the key itself has only one
 * spelling.
 *
 * @throws AdminKeyError with a message that never repeats the key
 */
export function parseAdminKey(text: string): AdminKey {
  const [, id, hex, checksum] = FORM.exec(text.trim()) ?? [];
  if (id === undefined || hex === undefined || checksum === undefined)
    throw damaged('has another form than mesh_key_ID_SECRET');
  const keyId = id as AdminKeyId;
  const secret = fromHex(hex);
  if (!equalBytes(checksumOf(keyId, secret), fromHex(checksum)))
    throw damaged('is damaged: its checksum does not fit');
  return { keyId, secret };
}

const damaged = (why: string) =>
  new AdminKeyError(`the API key ${why}; copy it whole, or make a new one (meshctl keys create)`);

/** The first four bytes of SHA-256("mesh_key_" ‖ id ‖ "_" ‖ secret). */
function checksumOf(keyId: AdminKeyId, secret: Uint8Array): Uint8Array {
  return portableSha256(concatBytes(utf8(`${PREFIX}${keyId}_`), secret)).subarray(0, CHECKSUM_BYTES);
}
