// Entries of the log as in-toto attestations, which other tools can read: a Statement v1 about the entry, in
// a DSSE envelope.
//
//   subject     the entry's canonical bytes, by their SHA-256
//   predicate   { entry, revealed? }: the entry, and what it commits to
//   signature   over "DSSEv1 " ‖ len(type) ‖ " " ‖ type ‖ " " ‖ len(payload) ‖ " " ‖ payload
//
// Whoever signs states that the controller has given out this entry. That the log holds it, a proof shows.

import {
  canonicalJson,
  concatBytes,
  encodeBase64,
  type JsonValue,
  portableSha256,
  toHex,
  utf8,
} from '@mesh/primitives';

const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1';
const ENTRY_PREDICATE_TYPE = 'urn:aligned-mesh:log-entry:v1';
const IN_TOTO_PAYLOAD_TYPE = 'application/vnd.in-toto+json';

type JsonObject = { readonly [name: string]: JsonValue };

/** An entry as the administration gives it out. */
export interface ExportedEntry {
  readonly index: number;
  /** With what it commits to as `revealed`, unless that was erased. */
  readonly entry: JsonObject;
}

/** A DSSE envelope, as JSON. */
export interface DsseEnvelope {
  /** Base64. */
  readonly payload: string;
  readonly payloadType: string;
  readonly signatures: readonly { readonly keyid: string; readonly sig: string }[];
}

/** @throws PrimitivesError if the entry has no canonical JSON */
export function statementOf({ index, entry }: ExportedEntry): JsonObject {
  const { revealed, ...logged } = entry;
  const digest = toHex(portableSha256(utf8(canonicalJson(logged))));
  return {
    _type: STATEMENT_TYPE,
    subject: [{ name: `${String(logged.mesh_id)}/log/${index}`, digest: { sha256: digest } }],
    predicateType: ENTRY_PREDICATE_TYPE,
    predicate: { entry: logged, ...(revealed === undefined ? {} : { revealed }) },
  };
}

/**
 * @param keyId names the key for whoever verifies
 * @param sign with an Ed25519 key
 */
export function signStatement(
  statement: JsonObject,
  keyId: string,
  sign: (message: Uint8Array) => Uint8Array,
): DsseEnvelope {
  const payload = utf8(canonicalJson(statement));
  const signature = sign(preAuthEncoding(IN_TOTO_PAYLOAD_TYPE, payload));
  return {
    payload: encodeBase64(payload),
    payloadType: IN_TOTO_PAYLOAD_TYPE,
    signatures: [{ keyid: keyId, sig: encodeBase64(signature) }],
  };
}

/** DSSE v1, "PAE". */
function preAuthEncoding(type: string, payload: Uint8Array): Uint8Array {
  return concatBytes(utf8(`DSSEv1 ${utf8(type).length} ${type} ${payload.length} `), payload);
}
