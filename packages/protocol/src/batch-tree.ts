// The Merkle tree over texts that are signed together.

export { type MerkleTree as BatchTree, merkleTree as batchTree } from '@mesh/primitives';
