// A key in a PKCS#11 token (an HSM, a smart card, SoftHSM), by the optional package pkcs11js. The key
// encrypts and decrypts inside the token and never leaves it.

import { createRequire } from 'node:module';
import { HostError, readSecretFile } from '@mesh/host';
import { ControllerError } from '../errors/controller-error.ts';

/** The setting `master_key_pkcs11`. */
export interface TokenKeyPlace {
  /** The shared library of the token's maker. */
  readonly module: string;
  /** The token's label. */
  readonly token: string;
  /** The label of an AES-256 key object in it. */
  readonly key: string;
  readonly pin_file?: string | undefined;
  /** The name of an environment variable with the PIN. */
  readonly pin_env?: string | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The parts of pkcs11js that are used here. Handles and mechanisms are what the package makes of them. */
export interface Pkcs11Package {
  readonly PKCS11: new () => Pkcs11Module;
  readonly [constant: `CK${string}`]: number;
}

interface Pkcs11Module {
  load(path: string): void;
  close(): void;
  C_Initialize(): void;
  C_Finalize(): void;
  C_GetSlotList(tokenPresent: boolean): Buffer[];
  C_GetTokenInfo(slot: Buffer): { readonly label: string };
  C_OpenSession(slot: Buffer, flags: number): Buffer;
  C_CloseSession(session: Buffer): void;
  C_Login(session: Buffer, userType: number, pin: string): void;
  C_FindObjectsInit(session: Buffer, template: readonly object[]): void;
  C_FindObjects(session: Buffer, most: number): Buffer[];
  C_FindObjectsFinal(session: Buffer): void;
  C_EncryptInit(session: Buffer, mechanism: object, key: Buffer): void;
  C_Encrypt(session: Buffer, input: Buffer, output: Buffer): Buffer;
  C_DecryptInit(session: Buffer, mechanism: object, key: Buffer): void;
  C_Decrypt(session: Buffer, input: Buffer, output: Buffer): Buffer;
}

/** AES-256-GCM with the token's key. */
export interface TokenKey {
  /** @returns ciphertext and tag of 16 bytes */
  encrypt(iv: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): Uint8Array;
  /** @returns new memory, which the caller zeroes @throws Error if the bytes were not made with this key */
  decrypt(iv: Uint8Array, aad: Uint8Array, ciphertext: Uint8Array): Uint8Array;
}

/**
 * Logs in, uses the key and ends the session, also when `use` throws.
 *
 * @throws ControllerError `usage` for what has to be corrected first (package, library, PIN, key object);
 *   `failed` for a token that is not there or does not answer. None of them holds the PIN
 */
export function withTokenKey<T>(
  place: TokenKeyPlace,
  use: (key: TokenKey) => T,
  load: () => Pkcs11Package = () => createRequire(import.meta.url)('pkcs11js') as Pkcs11Package,
  env: Environment = process.env,
): T {
  const pkcs11 = loadPackage(load);
  const pin = readPin(place, env);
  const module = loadModule(pkcs11, place);
  try {
    const slot = findToken(module, place);
    const session = attempt(place, () => module.C_OpenSession(slot, pkcs11.CKF_SERIAL_SESSION ?? 0));
    try {
      attempt(place, () => module.C_Login(session, pkcs11.CKU_USER ?? 1, pin));
      return use(keyIn(pkcs11, module, session, findKey(pkcs11, module, session, place)));
    } finally {
      // With its last session a token also ends the login.
      quietly(() => module.C_CloseSession(session));
    }
  } finally {
    quietly(() => module.C_Finalize());
    quietly(() => module.close());
  }
}

function loadPackage(load: () => Pkcs11Package): Pkcs11Package {
  try {
    return load();
  } catch (cause) {
    throw new ControllerError(
      'usage',
      'master_key_pkcs11 needs the package pkcs11js, which is not installed or does not run here: install it where mesh-controller is, with its install script (npm install pkcs11js), or leave the setting out',
      { cause },
    );
  }
}

function loadModule(pkcs11: Pkcs11Package, place: TokenKeyPlace): Pkcs11Module {
  const module = new pkcs11.PKCS11();
  try {
    module.load(place.module);
  } catch (cause) {
    throw new ControllerError(
      'usage',
      `${place.module} is no PKCS#11 library that can be loaded: point master_key_pkcs11.module at the one of the token's maker`,
      { cause },
    );
  }
  attempt(place, () => module.C_Initialize());
  return module;
}

/** Never from the command line, which every user of the host can read. */
function readPin({ pin_file: file, pin_env: name }: TokenKeyPlace, env: Environment): string {
  const pin = file === undefined ? env[name ?? ''] : readPinFile(file);
  if (pin !== undefined && pin.trim() !== '') return pin.trim();
  throw new ControllerError(
    'usage',
    `the PIN of the token is to be in ${file ?? `the variable ${name}`}, and is not there: write it there`,
  );
}

/** pkcs11js takes a string, which cannot be zeroed. */
function readPinFile(file: string): string {
  try {
    using pin = readSecretFile(file, { maxBytes: 1_024 });
    return pin.use((bytes) => Buffer.from(bytes).toString('utf8'));
  } catch (error) {
    if (!(error instanceof HostError && error.code === 'file_missing')) throw error;
    throw new ControllerError('usage', `the file of the token's PIN, ${file}, does not exist: write it`, {
      cause: error,
    });
  }
}

function findToken(module: Pkcs11Module, place: TokenKeyPlace): Buffer {
  const slots = attempt(place, () => module.C_GetSlotList(true));
  const labels = slots.map((slot) => attempt(place, () => module.C_GetTokenInfo(slot)).label.trim());
  const at = labels.indexOf(place.token);
  const slot = slots[at];
  if (slot !== undefined) return slot;
  throw new ControllerError(
    'failed',
    `${place.module} has no token ${place.token} (it has ${labels.filter(Boolean).join(', ') || 'none'}): connect it, or correct master_key_pkcs11.token`,
  );
}

function findKey(pkcs11: Pkcs11Package, module: Pkcs11Module, session: Buffer, place: TokenKeyPlace): Buffer {
  const found = attempt(place, () => {
    module.C_FindObjectsInit(session, [
      { type: pkcs11.CKA_CLASS, value: pkcs11.CKO_SECRET_KEY },
      { type: pkcs11.CKA_KEY_TYPE, value: pkcs11.CKK_AES },
      { type: pkcs11.CKA_LABEL, value: place.key },
    ]);
    const keys = module.C_FindObjects(session, 2);
    module.C_FindObjectsFinal(session);
    return keys;
  });
  const [key, second] = found;
  if (key !== undefined && second === undefined) return key;
  throw new ControllerError(
    'usage',
    `the token ${place.token} has ${key === undefined ? 'no AES key' : 'more than one AES key'} with the label ${place.key}: restore the key that wrapped the master key, or correct master_key_pkcs11.key`,
  );
}

const TAG_BYTES = 16;

function keyIn(pkcs11: Pkcs11Package, module: Pkcs11Module, session: Buffer, key: Buffer): TokenKey {
  const mechanism = (iv: Uint8Array, aad: Uint8Array): object => ({
    mechanism: pkcs11.CKM_AES_GCM,
    parameter: {
      type: pkcs11.CK_PARAMS_AES_GCM,
      iv: Buffer.from(iv),
      ivBits: iv.length * 8,
      aad: Buffer.from(aad),
      tagBits: TAG_BYTES * 8,
    },
  });
  return {
    encrypt: (iv, aad, plaintext) => {
      module.C_EncryptInit(session, mechanism(iv, aad), key);
      const input = Buffer.from(plaintext);
      try {
        return new Uint8Array(module.C_Encrypt(session, input, Buffer.alloc(input.length + TAG_BYTES)));
      } finally {
        input.fill(0);
      }
    },
    decrypt: (iv, aad, ciphertext) => {
      module.C_DecryptInit(session, mechanism(iv, aad), key);
      const output = Buffer.alloc(ciphertext.length);
      try {
        return new Uint8Array(module.C_Decrypt(session, Buffer.from(ciphertext), output));
      } finally {
        output.fill(0);
      }
    },
  };
}

/** What each of the token's own faults asks for; any other may pass by itself. */
const REMEDIES: Readonly<Record<string, string>> = {
  CKR_PIN_INCORRECT: 'the PIN is wrong: correct it before the next start, because a token locks after some',
  CKR_PIN_LEN_RANGE: 'the PIN is wrong: correct it before the next start, because a token locks after some',
  CKR_PIN_LOCKED: 'the PIN is locked: set a new one with the tools of the token',
  CKR_USER_PIN_NOT_INITIALIZED: 'the token has no PIN of a user yet: set one with the tools of the token',
};

function attempt<T>(place: TokenKeyPlace, call: () => T): T {
  try {
    return call();
  } catch (cause) {
    const code = cause instanceof Error ? (/CKR_\w+/.exec(cause.message)?.[0] ?? cause.name) : 'unknown';
    const remedy = REMEDIES[code];
    throw new ControllerError(
      remedy === undefined ? 'failed' : 'usage',
      `the token ${place.token}: ${remedy ?? 'it does not answer as it should; check that it is connected'} (${code})`,
      { cause },
    );
  }
}

function quietly(call: () => void): void {
  try {
    call();
  } catch {
    // The token may be gone; the first error is the one to report.
  }
}
