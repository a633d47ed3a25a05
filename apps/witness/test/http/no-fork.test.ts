// No two cosignatures of one witness contradict each other: not for requests at one time, not without disk.

import { join } from 'node:path';
import { openSqlite } from '@mesh/host';
import { afterEach, describe, expect, it } from 'vitest';
import type { Head, Heads } from '../../src/store/heads.ts';
import { migrations } from '../../src/store/migrations.ts';
import { TestLog } from '../support/log.ts';
import { TestWitness } from '../support/witness.ts';

const log = new TestLog();
const forked = new TestLog({ forkedFrom: 5 });
let witness: TestWitness;
afterEach(() => witness.end());

const sendBoth = () =>
  Promise.all([log, forked].map((each) => witness.add(each.growth(5, 8)).then(({ status }) => status)));

describe('two histories at once', () => {
  it('are not both cosigned', async () => {
    witness = await new TestWitness().start();
    await witness.add(log.growth(0, 5));
    expect((await sendBoth()).sort()).toEqual([200, 409]);
  });

  it('would be, by a witness that compares with what it knew before', async () => {
    const forgetful = (): Heads => {
      let first: Head | undefined;
      return {
        alone: (work) => work(),
        latest: () => first,
        replace: (_, head) => {
          first ??= head;
        },
      };
    };
    witness = await new TestWitness().start({}, forgetful);
    await witness.add(log.growth(0, 5));
    expect(await sendBoth()).toEqual([200, 200]);
  });
});

it('what cannot be stored is not cosigned, and can be sent again', async () => {
  let isFull = false;
  const onFullDisk = (stored: Heads): Heads => ({
    alone: (work) =>
      stored.alone(() => {
        const result = work();
        if (isFull) throw Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' });
        return result;
      }),
    latest: (origin) => stored.latest(origin),
    replace: (origin, head) => stored.replace(origin, head),
  });
  witness = await new TestWitness().start({}, onFullDisk);
  await witness.add(log.growth(0, 5));
  isFull = true;
  const refused = await witness.add(log.growth(5, 8));
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5']);
  expect(await refused.text()).not.toContain('—');
  isFull = false;
  // The other history is as good as the first one, of which nobody has a cosignature.
  expect((await witness.add(forked.growth(5, 8))).status).toBe(200);
});

it('the database itself refuses to go back or to forget', async () => {
  witness = await new TestWitness().start();
  await witness.add(log.growth(0, 5));
  await witness.stop();
  const db = openSqlite(join(witness.directory, 'data/witness.db'), { migrations });
  try {
    for (const change of [
      'DELETE FROM heads',
      'UPDATE heads SET size = 4',
      'UPDATE heads SET root = zeroblob(32)',
    ])
      expect(() => db.prepare(change).run()).toThrow('a head that was cosigned');
  } finally {
    db.close();
  }
});
