// Where the master key comes from, and the sealer that it makes.

import { createEnvelopeSealer, HostError, readSecretFile, writeSecretFile } from '@mesh/host';
import { decodeBase64, SecretBytes } from '@mesh/primitives';
import { ControllerError } from '../errors/controller-error.ts';
import type { Sealer } from './at-rest-sealer.ts';
import { type TokenKeyPlace, withTokenKey } from './pkcs11-token.ts';
import { isWrapped, unwrapKey, wrapKey } from './wrapped-key-file.ts';

export const MASTER_KEY_BYTES = 32;

/** The settings that say where it is: in a file, wrapped in a file by a token's key, or in a variable. */
export interface MasterKeyPlace {
  readonly master_key_file: string;
  /** The name of an environment variable with base64 of the key. */
  readonly master_key_env?: string | undefined;
  /** The key in a token that wraps the one in the file. */
  readonly master_key_pkcs11?: TokenKeyPlace | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * @returns 32 bytes, which the caller disposes of
 * @throws HostError `file_unsafe`, `file_io`; ControllerError `usage`. None of them holds the key.
 */
export function readMasterKey(place: MasterKeyPlace, env: Environment = process.env): SecretBytes {
  if (place.master_key_env !== undefined) return readVariable(place.master_key_env, env);
  return readKeyFile(place.master_key_file, place.master_key_pkcs11);
}

/** What an operator calls the place: for messages. */
export function describePlace({
  master_key_file: file,
  master_key_env: variable,
  master_key_pkcs11: token,
}: MasterKeyPlace): string {
  if (variable !== undefined) return `the variable ${variable}`;
  return token === undefined ? file : `${file}, wrapped by the key ${token.key} of the token ${token.token}`;
}

/**
 * @param token what wrapped the key in the file; undefined: nothing
 * @throws as {@link readMasterKey}
 */
export function readKeyFile(path: string, token?: TokenKeyPlace): SecretBytes {
  const content = readContent(path);
  return token === undefined ? plainKey(content, path) : wrappedKey(content, token, path);
}

/**
 * For a rotation, whose key before may be a plain one that a token's is to take the place of.
 *
 * @throws as {@link readMasterKey}
 */
export function readKeyBefore(path: string, token?: TokenKeyPlace): SecretBytes {
  const content = readContent(path);
  const isPlain = token === undefined || content.lengthBytes === MASTER_KEY_BYTES;
  return isPlain ? plainKey(content, path) : wrappedKey(content, token, path);
}

function wrappedKey(content: SecretBytes, token: TokenKeyPlace, path: string): SecretBytes {
  using wrapped = content;
  return withTokenKey(token, (key) => wrapped.use((bytes) => unwrapKey(key, bytes, MASTER_KEY_BYTES, path)));
}

/**
 * Writes a key with mode 0600, on disk when this returns.
 *
 * @param options `overwrite: false`: HostError `file_exists` if there is a file
 * @throws as {@link readMasterKey}
 */
export function writeKeyFile(
  path: string,
  key: SecretBytes,
  token: TokenKeyPlace | undefined,
  options: { readonly overwrite?: boolean } = {},
): void {
  const content = token === undefined ? key : withTokenKey(token, (tokenKey) => wrapKey(tokenKey, key));
  writeSecretFile(path, content, options);
}

function readContent(path: string): SecretBytes {
  try {
    return readSecretFile(path);
  } catch (error) {
    if (!(error instanceof HostError && error.code === 'file_missing')) throw error;
    throw new ControllerError(
      'usage',
      `the master key ${path} does not exist: run mesh-controller init, or point master_key_file at it`,
      { cause: error },
    );
  }
}

function plainKey(key: SecretBytes, path: string): SecretBytes {
  if (key.lengthBytes === MASTER_KEY_BYTES) return key;
  const { lengthBytes } = key;
  const needsToken = key.use(isWrapped);
  key.dispose();
  if (needsToken)
    throw new ControllerError(
      'usage',
      `a token wrapped the master key in ${path}: name it with master_key_pkcs11`,
    );
  throw new ControllerError(
    'usage',
    `${path} has ${lengthBytes} bytes and is no master key, which has ${MASTER_KEY_BYTES}: point master_key_file at the right file`,
  );
}

function readVariable(name: string, env: Environment): SecretBytes {
  const text = env[name];
  if (text === undefined || text === '')
    throw new ControllerError(
      'usage',
      `${name} is to hold the master key (master_key_env) and is not set: set it to base64 of 32 random bytes, as openssl rand -base64 32 prints them, and keep a copy`,
    );
  try {
    return SecretBytes.own(decodeBase64(text.trim(), { lengthBytes: MASTER_KEY_BYTES }));
  } catch {
    // The error has no cause: it may quote the text.
    throw new ControllerError(
      'usage',
      `${name} holds no master key: set it to base64 of ${MASTER_KEY_BYTES} bytes, as openssl rand -base64 32 prints them`,
    );
  }
}

/** @param key is kept: the caller must not dispose of it while the sealer is in use */
export function sealerUnder(key: SecretBytes): Sealer {
  const envelopes = createEnvelopeSealer(key);
  return {
    seal: (purpose, subject, plaintext) => envelopes.seal({ purpose, aad: subject }, plaintext),
    open: (purpose, subject, sealed) => envelopes.open({ purpose, aad: subject }, sealed),
  };
}
