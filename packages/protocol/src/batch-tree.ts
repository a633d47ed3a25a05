// The Merkle tree over configs, or receipts, that are signed together.

export { type MerkleTree as BatchTree, merkleTree as batchTree } from '@mesh/primitives';
