// Public names of @mesh/audit.

export { AuditError, type AuditErrorCode } from './audit-error.ts';
export {
  type AuditEntry,
  type JsonObject,
  MAX_ENTRY_LENGTH_BYTES,
  parseEntry,
  renderEntry,
} from './entry/entry.ts';
export {
  commitDetails,
  DETAILS_SALT_LENGTH_BYTES,
  type DetailsCommitment,
  isDetailsCommitment,
} from './entry/salted-commitment.ts';
export { keyIdOf, SIGNATURE_TYPES, type SignatureKind } from './note/key-id.ts';
export {
  haveSameKey,
  MAX_SIGNATURES,
  type Note,
  type NoteSignature,
  parseNote,
  renderNote,
  renderSignatureLine,
} from './note/note-text.ts';
export {
  parseVerifierKey,
  renderVerifierKey,
  type VerifierKey,
  verifierKey,
} from './note/verifier-key.ts';
export {
  type AddCheckpointRequest,
  parseAddCheckpoint,
  readCosignatures,
  renderAddCheckpoint,
  renderCosignatures,
} from './tlog/add-checkpoint.ts';
export { type Checkpoint, parseCheckpoint, renderCheckpoint } from './tlog/checkpoint.ts';
export { signCheckpoint, type VerifiedSignature, verifySignature } from './tlog/checkpoint-signature.ts';
export { newestTimeSeconds } from './tlog/cosignature-time.ts';
export { ed25519CosignedMessage } from './tlog/cosigned-message.ts';
export { parseEntryBundle, renderEntryBundle } from './tlog/entry-bundle.ts';
export { type CheckpointJudgement, judgeCheckpoint, type WitnessedLog } from './tlog/judge-checkpoint.ts';
export { type CheckpointTrust, type OpenedCheckpoint, openCheckpoint } from './tlog/open-checkpoint.ts';
export { ed25519SigningKey, mlDsa44SigningKey, type SigningKey } from './tlog/signing-key.ts';
export { parseTlogProof, renderTlogProof, type TlogProof, verifyTlogProof } from './tlog/tlog-proof.ts';
export { CompactRange } from './tree/compact-range.ts';
export { type ConsistencyClaim, proveConsistency, verifyConsistency } from './tree/consistency-proof.ts';
export { type InclusionClaim, proveInclusion, verifyInclusion } from './tree/inclusion-proof.ts';
export { type ReadSubtree, rangeRoot, subtreesOver } from './tree/subtrees.ts';
export { TileEdge, type WrittenTile } from './tree/tile-edge.ts';
export { MAX_TILE_LEVEL, parseTilePath, renderTilePath, TILE_WIDTH, type Tile } from './tree/tile-path.ts';
export {
  fullTileRoot,
  type HashTile,
  type ReadTile,
  rootFromTiles,
  subtreesFromTiles,
  tilesAfterGrowth,
} from './tree/tiles.ts';
export { emptyTreeRoot, leafHash, nodeHash, TREE_HASH_LENGTH_BYTES } from './tree/tree-hashes.ts';
