// A search finds what fits and looks at a bounded number of entries; whoever goes on at `next` misses nothing
// and sees nothing twice.

import { formatRfc3339, parseNodeId } from '@mesh/primitives';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { LogSearch, type LogSearchQuery } from '../../src/store/search-log.ts';
import { newDirectory, removeDirectory } from '../support/journal.ts';
import { openPublication, type Publication } from '../support/log-publication.ts';

const directory = newDirectory();
let log: Publication;
let halfMs: number;
beforeAll(async () => {
  log = await openPublication(directory);
  await log.enrol('node-a');
  await log.enrol('node-b');
  await log.grow('node-a', 5);
  await log.clock.advance(60_000);
  halfMs = log.clock.nowMs();
  await log.grow('node-b', 5);
  await log.openEpoch();
});
afterAll(async () => {
  await log.close();
  removeDirectory(directory);
});

/** All that is found by going on to the end. */
function all(query: Partial<LogSearchQuery>, mostSearched?: number) {
  const search = new LogSearch(log.db, log.reader, mostSearched);
  const found: { index: number; type: unknown; node: unknown; at: unknown }[] = [];
  for (let from = query.from ?? 0; ; ) {
    const { rows, next } = search.find({ limit: 3, ...query, from });
    for (const { index, entry } of rows)
      found.push({ index, type: entry.type, node: entry.node_id, at: entry.at });
    if (next >= log.journal.head().size) return found;
    if (next <= from) throw new Error('it does not go on');
    from = next;
  }
}

const everything = () => all({ limit: 1_000 });

it.each([1, 2, 4, 1_000])('looks at %i entries at a time and finds the same', (mostSearched) => {
  const nodeId = parseNodeId('node-b');
  const whole = everything();
  expect(whole.map(({ index }) => index)).toEqual(whole.map((_, at) => at));
  expect(all({}, mostSearched)).toEqual(whole);
  expect(all({ from: 7 }, mostSearched)).toEqual(whole.slice(7));
  const ofNode = whole.filter(({ node }) => node === 'node-b');
  expect(all({ nodeId }, mostSearched)).toEqual(ofNode);
  expect(ofNode.length).toBe(6);
  const rejected = whole.filter(({ type }) => type === 'message_rejected');
  expect(all({ type: 'message_rejected' }, mostSearched)).toEqual(rejected);
  expect(rejected.length).toBe(10);
  const late = whole.filter(({ at }) => String(at) >= formatRfc3339(halfMs));
  expect(all({ sinceMs: halfMs }, mostSearched)).toEqual(late);
  expect(late.length).toBe(6);
  expect(all({ nodeId, type: 'message_rejected', sinceMs: halfMs }, mostSearched)).toHaveLength(5);
});

it('finds nothing behind the end, and shows what entries only commit to', () => {
  expect(new LogSearch(log.db, log.reader).find({ from: 99, limit: 5 })).toEqual({ rows: [], next: 99 });
  const { rows, next } = new LogSearch(log.db, log.reader).find({
    from: 0,
    limit: 1,
    type: 'message_rejected',
  });
  expect([rows[0]?.details, next]).toEqual([{ detail: 'x' }, 5]);
  expect(new LogSearch(log.db, log.reader).find({ from: 3, limit: 0 })).toEqual({ rows: [], next: 3 });
});
