// The computed tree is the tree of its leaves.

import { rootFromTiles, TileEdge } from '@mesh/audit';
import { platformSha256 } from '@mesh/host';
import { expect, it } from 'vitest';
import { computedLeaf, computedTiles } from '../../src/log/computed-tree.ts';

it.each([1, 255, 256, 257, 2 * 256 + 3, 65_536 + 256 + 7])(
  'of %d leaves has the root that appending them gives, also after one more',
  (size) => {
    const readTile = computedTiles();
    const appended = new TileEdge(platformSha256);
    for (let index = 0; index < size; index++) appended.append(computedLeaf(index));
    expect(rootFromTiles(size, readTile, platformSha256)).toEqual(appended.root());
    const edge = TileEdge.fromTiles(size, readTile, platformSha256);
    for (const grown of [edge, appended]) grown.append(computedLeaf(1));
    expect(edge.root()).toEqual(appended.root());
  },
);
