// Public names of @mesh/audit.

export { AuditError, type AuditErrorCode } from './audit-error.ts';
export { CompactRange } from './compact-range.ts';
export {
  type AuditEntry,
  type JsonObject,
  MAX_ENTRY_LENGTH_BYTES,
  parseEntry,
  renderEntry,
} from './entry.ts';
export {
  commitDetails,
  DETAILS_SALT_LENGTH_BYTES,
  type DetailsCommitment,
  isDetailsCommitment,
} from './salted-commitment.ts';
export { emptyTreeRoot, leafHash, nodeHash, TREE_HASH_LENGTH_BYTES } from './tree-hashes.ts';
