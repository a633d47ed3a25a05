// The Merkle tree over the salted items of a pool. Its root is logged when the pool is loaded: what is asked
// later was chosen by then. The salts keep everybody from guessing an item by its leaf.
//
//   leaf = SHA-256(0x00 ‖ JCS({ index, item, salt }))     salt in base64      (RFC 6962, section 2.1; RFC 8785)

import {
  canonicalJson,
  concatBytes,
  decodeBase64,
  encodeBase64,
  equalBytes,
  type JsonValue,
  merkleTree,
  PrimitivesError,
  portableSha256,
  rootFromPath,
  type Sha256,
  utf8,
} from '@mesh/primitives';
import { HarnessError } from '../harness-error.ts';
import type { PoolItem } from './pool.ts';

export const ITEM_SALT_LENGTH_BYTES = 32;

/** An item of a pool with its place and its salt. */
export interface SealedItem {
  readonly index: number;
  /** 32 random bytes, base64. */
  readonly salt: string;
  readonly item: PoolItem;
}

/** An item as it is shown, which may come from anybody. */
export interface OpenedItem {
  readonly index: number;
  readonly salt: string;
  readonly item: JsonValue;
  /** From the leaf to the root, the lowest first: 32 bytes each, base64. */
  readonly path: readonly string[];
}

export interface SealedPool {
  /** 32 bytes. */
  readonly root: Uint8Array;
  readonly items: readonly SealedItem[];
  /**
   * @throws RangeError if there is no such item
   */
  open(index: number): OpenedItem;
}

/**
 * @param salts as many as items, each 32 bytes from a cryptographic random source, all different
 * @throws HarnessError `invalid_pool` without items, and for salts that do not fit
 */
export function sealPool(
  items: readonly PoolItem[],
  salts: readonly Uint8Array[],
  sha256: Sha256 = portableSha256,
): SealedPool {
  if (items.length === 0) throw new HarnessError('invalid_pool', 'a pool holds at least one item');
  const encoded = salts.map(encodeBase64);
  if (salts.length !== items.length || salts.some(({ length }) => length !== ITEM_SALT_LENGTH_BYTES))
    throw new HarnessError('invalid_pool', 'each item of a pool has a salt of 32 bytes');
  if (new Set(encoded).size !== encoded.length)
    throw new HarnessError('invalid_pool', 'two items have one salt: draw a fresh one for each');
  return sealedPool(
    items.map((item, index) => ({ index, salt: encoded[index] as string, item })),
    sha256,
  );
}

/** The same from items that are sealed already, as they were stored. @param items by index, without gaps */
export function sealedPool(items: readonly SealedItem[], sha256: Sha256 = portableSha256): SealedPool {
  const tree = merkleTree(
    items.map(({ index, salt, item }) => leafOf(index, salt, item as unknown as JsonValue, sha256)),
    sha256,
  );
  return {
    root: tree.root,
    items,
    open: (index) => {
      const path = tree.pathOf(index).map(encodeBase64);
      const { salt, item } = items[index] as SealedItem;
      return { index, salt, item: item as unknown as JsonValue, path };
    },
  };
}

/**
 * Whether this is the item of the pool with that root and size. False for anything malformed.
 *
 * @param root 32 bytes, as it was logged when the pool was loaded
 */
export function isItemOf(
  { root, size }: { readonly root: Uint8Array; readonly size: number },
  { index, salt, item, path }: OpenedItem,
  sha256: Sha256 = portableSha256,
): boolean {
  try {
    decodeBase64(salt, { lengthBytes: ITEM_SALT_LENGTH_BYTES });
    const hashes = path.map((hash) => decodeBase64(hash, { lengthBytes: 32 }));
    const found = rootFromPath(leafOf(index, salt, item, sha256), index, size, hashes, sha256);
    return found !== undefined && equalBytes(found, root);
  } catch (error) {
    if (error instanceof PrimitivesError) return false;
    throw error;
  }
}

/** A leaf's first byte; an inner node's is 0x01. */
const LEAF_PREFIX = Uint8Array.of(0);

function leafOf(index: number, salt: string, item: JsonValue, sha256: Sha256): Uint8Array {
  return sha256(concatBytes(LEAF_PREFIX, utf8(canonicalJson({ index, item, salt }))));
}
