// Public names of @mesh/primitives.

export {
  compareBytes,
  compareIds,
  concatBytes,
  copyBytes,
  equalBytes,
  fromHex,
  lengthPrefixed,
  toHex,
  uint16be,
  uint64be,
  utf8,
  wipe,
} from './bytes.ts';
export { canonicalJson } from './canonical-json.ts';
export { type Defined, defined } from './defined.ts';
export { HKDF_LENGTH_BYTES, hkdfExpand32, hkdfExpandInto, hkdfExtract, type KeyHmac } from './hkdf-sha256.ts';
export { HmacSha256, type KeyedHmac } from './hmac-sha256.ts';
export { type IdentityKey, parseIdentityKey } from './identity-key.ts';
export { type EpochId, type MeshId, type NodeId, parseEpochId, parseMeshId, parseNodeId } from './ids.ts';
export type { JsonValue } from './json-value.ts';
export { innerHash, rootFromPath } from './merkle-path.ts';
export { type MerkleTree, merkleTree } from './merkle-tree.ts';
export { montgomeryForm } from './montgomery-form.ts';
export { PrimitivesError, type PrimitivesErrorCode } from './primitives-error.ts';
export { Redacted } from './redacted.ts';
export { SecretBytes } from './secret-bytes.ts';
export { portableSha256, type Sha256 } from './sha256.ts';
export { type Sha256Hex, sha256Hex } from './sha256-hex.ts';
export {
  type DecodeBase64Options,
  decodeBase64,
  decodeBase64Url,
  encodeBase64,
  encodeBase64Url,
} from './strict-base64.ts';
export {
  checkEd25519PublicKey,
  type Ed25519Verify,
  ed25519PublicKey,
  hasCanonicalS,
  hasStrictForm,
  signEd25519,
  verifyEd25519,
} from './strict-ed25519.ts';
export { parseStrictJson, type StrictJsonLimits } from './strict-json.ts';
export { formatRfc3339, parseRfc3339 } from './timestamp.ts';
export { findX25519PublicKeyFault, type X25519PublicKeyFault } from './x25519-public-key.ts';
