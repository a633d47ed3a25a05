// Envelopes of DSSE v1 around in-toto statements. A signature covers the pre-authentication encoding (PAE):
//
//   "DSSEv1 " ‖ length(type) ‖ " " ‖ type ‖ " " ‖ length(payload) ‖ " " ‖ payload, lengths in decimal

import { canonicalJson, concatBytes, encodeBase64, type JsonValue, utf8 } from '@mesh/primitives';
import { type AttestationEnvelope, IN_TOTO_MEDIA_TYPE } from './messages/attestation.ts';
import type { Sign } from './sign-message.ts';

/** Who signs a statement. */
export interface StatementSigner {
  /** Names the key for the verifier. */
  readonly keyId: string;
  /** With an Ed25519 key. */
  readonly sign: Sign;
}

/** The bytes that a signature covers. @returns new memory, owned by the caller */
export function dsseEncoding(payloadType: string, payload: Uint8Array): Uint8Array {
  const type = utf8(payloadType);
  return concatBytes(utf8(`DSSEv1 ${type.length} ${payloadType} ${payload.length} `), payload);
}

/** @throws PrimitivesError if the statement has no canonical JSON */
export function signStatement(statement: JsonValue, { keyId, sign }: StatementSigner): AttestationEnvelope {
  const payload = utf8(canonicalJson(statement));
  return {
    payloadType: IN_TOTO_MEDIA_TYPE,
    payload: encodeBase64(payload),
    signatures: [{ keyid: keyId, sig: encodeBase64(sign(dsseEncoding(IN_TOTO_MEDIA_TYPE, payload))) }],
  };
}
