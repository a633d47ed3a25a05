// Keys that verify notes, and their text (C2SP signed-note, "Verifier keys"):
//
//   <name>+<hex of the key's id>+base64(type ‖ public key)

import {
  checkEd25519PublicKey,
  concatBytes,
  copyBytes,
  decodeBase64,
  encodeBase64,
  toHex,
} from '@mesh/primitives';
import { AuditError, explained } from '../audit-error.ts';
import { isKeyName, keyIdOf, SIGNATURE_TYPES, type SignatureKind } from './key-id.ts';

export interface VerifierKey {
  readonly name: string;
  readonly kind: SignatureKind;
  /** 4 bytes. */
  readonly keyId: Uint8Array;
  /** 32 bytes for Ed25519, 1312 for ML-DSA-44. */
  readonly publicKey: Uint8Array;
}

const PUBLIC_KEY_LENGTH_BYTES: Readonly<Record<SignatureKind, number>> = {
  ed25519: 32,
  'ed25519-cosignature': 32,
  'ml-dsa-44-cosignature': 1312,
};

const KINDS = Object.keys(SIGNATURE_TYPES) as SignatureKind[];
const TEXT = /^([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/;

/**
 * The key is checked (for Ed25519 by `checkEd25519PublicKey`) and copied.
 * @throws AuditError `invalid_verifier_key`
 */
export function verifierKey(name: string, kind: SignatureKind, publicKey: Uint8Array): VerifierKey {
  if (!isKeyName(name)) throw invalid('its name is not empty and has no space, plus or control character');
  if (publicKey.length !== PUBLIC_KEY_LENGTH_BYTES[kind])
    throw invalid(`a public key of the kind ${kind} has ${PUBLIC_KEY_LENGTH_BYTES[kind]} bytes`);
  if (kind !== 'ml-dsa-44-cosignature') checked(() => checkEd25519PublicKey(publicKey));
  return { name, kind, keyId: keyIdOf(name, kind, publicKey), publicKey: copyBytes(publicKey) };
}

/** The key's text, as witnesses and monitors are configured with it. */
export function renderVerifierKey({ name, kind, keyId, publicKey }: VerifierKey): string {
  const typed = concatBytes(Uint8Array.of(SIGNATURE_TYPES[kind]), publicKey);
  return `${name}+${toHex(keyId)}+${encodeBase64(typed)}`;
}

/** @throws AuditError `invalid_verifier_key`, also if the id is not that of the name and the key */
export function parseVerifierKey(text: string): VerifierKey {
  const [, name, keyId, base64] = TEXT.exec(text) ?? [];
  if (name === undefined || keyId === undefined || base64 === undefined)
    throw invalid('it has the form name+id+base64, with the id in 8 lower-case hex digits');
  const [type, ...publicKey] = checked(() => decodeBase64(base64));
  const kind = KINDS.find((candidate) => SIGNATURE_TYPES[candidate] === type);
  if (kind === undefined) throw invalid('it is of a type that this version does not know');
  const key = verifierKey(name, kind, Uint8Array.from(publicKey));
  if (toHex(key.keyId) !== keyId) throw invalid('its id belongs to another name or another public key');
  return key;
}

const checked = <T>(step: () => T): T => explained('invalid_verifier_key', 'verifier key refused', step);

function invalid(why: string): AuditError {
  return new AuditError('invalid_verifier_key', `verifier key refused: ${why}`);
}
