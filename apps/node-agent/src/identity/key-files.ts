// The node's private keys: Ed25519 (identity) and X25519 (WireGuard slots a and b). next-keys.ts replaces
// them.
//
// All are in one file, which is written as a whole or not at all, so that a crash cannot leave half an
// identity:
//   "mesh-agent-keys/1\n" ‖ identity seed[32] ‖ WireGuard a[32] ‖ WireGuard b[32] ‖ SHA-256 of all before it[32]
// The file is binary, because reading text would create a JavaScript string, which cannot be zeroed.

import { createHash, sign } from 'node:crypto';
import { HostError, privateKeyFromRaw, rawPublicKeyOf, readSecretFile, writeSecretFile } from '@mesh/host';
import { concatBytes, equalBytes, SecretBytes, utf8, wipe } from '@mesh/primitives';
import type { Sign } from '@mesh/protocol';
import {
  clampWgPrivateKey,
  type WgPrivateKey,
  type WgPublicKey,
  wgKeyFromBytes,
  wgKeyToBytes,
  wgPublicKeyFromPrivate,
} from '@mesh/wg';
import { AgentError } from '../errors/agent-error.ts';

export interface WgKeyPair {
  readonly privateKey: SecretBytes;
  readonly publicKey: WgPublicKey;
}

export interface NodeKeys {
  readonly identity: Identity;
  readonly wireguard: { readonly a: WgKeyPair; readonly b: WgKeyPair };
}

/** The Ed25519 identity. Its private key stays inside the platform's key object. */
export interface Identity {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  readonly sign: Sign;
  /**
   * The private key as PKCS #8 PEM, for TLS, which needs a string. Call it directly before the use and do not
   * keep the string.
   */
  readonly toPem: () => string;
}

const HEADER = utf8('mesh-agent-keys/1\n');
const KEY_BYTES = 32;
const LENGTH_BYTES = HEADER.length + 4 * KEY_BYTES;

/**
 * Reads the keys, or makes and stores them if there are none. They are on disk when it returns. If two
 * processes start at the same time, both get the keys of the first one.
 *
 * @param random fresh bytes from the operating system
 * @throws AgentError `usage` when the file is damaged; HostError `file_unsafe` when others may read it
 */
export function loadOrCreateKeys(path: string, random: (lengthBytes: number) => Uint8Array): NodeKeys {
  const existing = loadKeys(path);
  if (existing !== undefined) return existing;
  const content = makeContent(random);
  try {
    writeSecretFile(path, content, { overwrite: false });
  } catch (error) {
    if (!(error instanceof HostError && error.code === 'file_exists')) throw error;
  } finally {
    wipe(content);
  }
  const made = loadKeys(path);
  if (made === undefined) throw new AgentError('failed', `${path} vanished while it was made: try again`);
  return made;
}

/** @returns undefined if there are no keys yet. @throws as {@link loadOrCreateKeys} */
export function loadKeys(path: string): NodeKeys | undefined {
  let file: SecretBytes;
  try {
    file = readSecretFile(path);
  } catch (error) {
    if (error instanceof HostError && error.code === 'file_missing') return undefined;
    throw error;
  }
  try {
    return file.use((content) => readContent(path, content));
  } finally {
    file.dispose();
  }
}

/** The secrets of a key file. Their owner wipes them. */
export type KeySecrets = Record<KeyPart, Uint8Array>;
export const KEY_PARTS = ['identity', 'a', 'b'] as const;
/** The identity key, or the WireGuard key of a slot. */
export type KeyPart = (typeof KEY_PARTS)[number];

/** Fresh bytes for one key. */
export function makeSecret(part: KeyPart, random: (lengthBytes: number) => Uint8Array): Uint8Array {
  const bytes = random(KEY_BYTES);
  if (part === 'identity') return bytes;
  const clamped = wgKeyToBytes(clampWgPrivateKey(bytes));
  wipe(bytes);
  return clamped;
}

function makeContent(random: (lengthBytes: number) => Uint8Array): Uint8Array {
  const [identity, a, b] = KEY_PARTS.map((part) => makeSecret(part, random)) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ];
  const content = contentOf({ identity, a, b });
  for (const secret of [identity, a, b]) wipe(secret);
  return content;
}

/** The content of a key file. The caller wipes it. */
export function contentOf({ identity, a, b }: KeySecrets): Uint8Array {
  const body = concatBytes(HEADER, identity, a, b);
  const content = concatBytes(body, checksum(body));
  wipe(body);
  return content;
}

function readContent(path: string, content: Uint8Array): NodeKeys {
  const { identity, a, b } = secretsIn(path, content);
  return { identity: openIdentity(identity), wireguard: { a: openWgKeyPair(a), b: openWgKeyPair(b) } };
}

/** @returns copies, which the caller wipes @throws AgentError `usage` when the content is damaged */
export function secretsIn(path: string, content: Uint8Array): KeySecrets {
  const body = content.subarray(0, LENGTH_BYTES - KEY_BYTES);
  if (
    content.length !== LENGTH_BYTES ||
    !equalBytes(content.subarray(0, HEADER.length), HEADER) ||
    !equalBytes(checksum(body), content.subarray(body.length))
  ) {
    throw new AgentError(
      'usage',
      `${path} is damaged: restore it from a backup, or move it away and enrol this node under a new name`,
    );
  }
  const part = (index: number) =>
    content.slice(HEADER.length + index * KEY_BYTES, HEADER.length + (index + 1) * KEY_BYTES);
  return { identity: part(0), a: part(1), b: part(2) };
}

function checksum(body: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha256').update(body).digest());
}

/** Makes the identity from the seed, and wipes the seed. */
function openIdentity(seed: Uint8Array): Identity {
  const key = privateKeyFromRaw('ed25519', seed);
  wipe(seed);
  return {
    publicKey: rawPublicKeyOf(key),
    sign: (message) => new Uint8Array(sign(null, message, key)),
    toPem: () => key.export({ format: 'pem', type: 'pkcs8' }).toString(),
  };
}

function openWgKeyPair(bytes: Uint8Array): WgKeyPair {
  const privateKey = SecretBytes.own(bytes);
  return { privateKey, publicKey: wgPublicKeyFromPrivate(wgPrivateKeyText(privateKey)) };
}

/** The key as text, as WireGuard's tools need it. Do not keep the text after its use. */
export function wgPrivateKeyText(privateKey: SecretBytes): WgPrivateKey {
  return privateKey.use((bytes) => wgKeyFromBytes('private', bytes));
}
