// Which head a start publishes: what was published once stays published, and no head that too few witnesses
// have cosigned is published because of a restart.

import { afterEach, beforeEach, expect, it } from 'vitest';
import { signHead } from '../../src/publish/log-publisher.ts';
import { type CountedHead, CountedHeads } from '../../src/store/counted-heads.ts';
import { openLogStore } from '../../src/store/log-heads.ts';
import { newDirectory, removeDirectory } from '../support/journal.ts';
import { openPublication, type Publication } from '../support/log-publication.ts';

let directory: string;
let log: Publication;
beforeEach(async () => {
  directory = newDirectory();
  log = await openPublication(directory);
});
afterEach(async () => {
  await log.close();
  removeDirectory(directory);
});

/** Commits an epoch and signs its head. */
async function signed(): Promise<CountedHead> {
  await log.openEpoch();
  await log.clock.advance(1_000);
  const { last } = openLogStore(log.db, log.journal.head().size);
  if (last === undefined) throw new Error('no head was signed');
  return { note: signHead(log.keys, last.head), edge: last.edge };
}
const counted = () => new CountedHeads(log.db, log.tiles, log.journal.head().size);
const start = (required: number, last: CountedHead | undefined) => counted().atStart(required, last);

it('where none has to cosign, it is the last one that was signed', async () => {
  expect(start(0, undefined)).toBeUndefined();
  const first = await signed();
  expect(start(0, first)).toBe(first);
});

it('where they have to from the first head on, none before the first that counts', async () => {
  expect(start(2, undefined)).toBeUndefined();
  const first = await signed();
  expect(start(2, first)).toBeUndefined();
  counted().keep(first.note);
  const second = await signed();
  expect(start(2, second)).toMatchObject({ note: first.note });
  expect(start(2, second)?.edge.root()).toEqual(first.edge.root());
});

it('where they have to from now on, what was published before stays', async () => {
  const before = await signed();
  expect(start(1, before)).toBe(before);
  const after = await signed();
  expect(start(1, after)?.note).toBe(before.note);
  // Without the demand, all are published; with it again, those published meanwhile stay.
  expect(start(0, after)).toBe(after);
  const meanwhile = await signed();
  expect(start(1, meanwhile)).toBe(meanwhile);
});

it('a log that does not contain it is refused', async () => {
  const first = await signed();
  counted().keep(first.note.replace(/\n1\n/, '\n2\n'));
  expect(() => start(1, first)).toThrow('its last cosigned head');
});
