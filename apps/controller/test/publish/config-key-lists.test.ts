// A node that missed as many changes of the config key as are allowed gets all of its way in one answer.

import { type ConfigKeyList, MAX_CONFIG_KEY_LISTS } from '@mesh/protocol';
import { expect, it } from 'vitest';
import { listsAfter } from '../../src/publish/config-key-lists.ts';

const keyOf = (at: number) => Buffer.alloc(32, at).toString('base64');

/** The lists of so many whole changes, and of an announcement that was dropped in each. */
function changes(count: number): ConfigKeyList[] {
  const lists: ConfigKeyList[] = [];
  const add = (present: number, next?: number) =>
    lists.push({
      mesh_id: 'testmesh',
      made_at_ms: lists.length + 1,
      present: keyOf(present),
      ...(next === undefined ? {} : { next: { public_key: keyOf(next), from_ms: 0 } }),
      signature: 'S',
    } as ConfigKeyList);
  for (let at = 0; at < count; at += 1) {
    add(at, at + 1);
    add(at);
    add(at, at + 1);
    add(at + 1);
  }
  return lists;
}

it('one list for each change, and the newest', () => {
  const missed = MAX_CONFIG_KEY_LISTS - 1;
  const lists = changes(missed);
  const told = listsAfter({ configKeys: () => ({ lists, overlap: undefined }) }, 0) ?? [];
  expect(told).toHaveLength(MAX_CONFIG_KEY_LISTS);
  for (const [at, { present, next }] of told.slice(0, -1).entries())
    expect([present, next?.public_key]).toEqual([keyOf(at), keyOf(at + 1)]);
  expect(told.at(-1)).toBe(lists.at(-1));
});
