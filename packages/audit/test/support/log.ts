import { utf8 } from '@mesh/primitives';
import { leafHash, nodeHash, type ReadSubtree, rangeRoot, subtreesOver } from '../../src/index.ts';

export const entryOf = (index: number): Uint8Array => utf8(`entry ${index}`);
export const leafOf = (index: number): Uint8Array => leafHash(entryOf(index));

/** Of a log of numbered entries. */
export const numbered = subtreesOver(leafOf);

/** Of a log of equal entries: any size costs one hash for each level. */
export function equalEntries(): ReadSubtree {
  const roots = [leafOf(0)];
  return (level) => {
    for (let at = roots.length; at <= level; at++)
      roots.push(nodeHash(roots[at - 1] as Uint8Array, roots[at - 1] as Uint8Array));
    return roots[level] as Uint8Array;
  };
}

export const rootOf = (size: number, read: ReadSubtree = numbered): Uint8Array => rangeRoot(0, size, read);

/** Every copy of the bytes in which one bit is the other way. */
export function* flipped(bytes: Uint8Array): Generator<Uint8Array> {
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const copy = bytes.slice();
    copy[bit >> 3] = (copy[bit >> 3] as number) ^ (1 << (bit & 7));
    yield copy;
  }
}
