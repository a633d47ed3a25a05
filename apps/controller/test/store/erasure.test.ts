// Erased details are gone from the database's files, what shares a batch with them is kept, and the log and
// the proofs of other entries are as they were. An erasure that was interrupted goes on.

import { readFileSync } from 'node:fs';
import { commitDetails, leafHash, nodeHash, parseEntry, proveInclusion, verifyInclusion } from '@mesh/audit';
import { createToken, eraseNodeDetails, expireDetails, quarantineOrRevoke } from '@mesh/membership';
import { decodeBase64 } from '@mesh/primitives';
import type { TokenId } from '@mesh/protocol';
import SqliteDatabase from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '../../../../packages/membership/test/support/mesh.ts';
import { checkTree } from '../../src/store/check-tree.ts';
import { DetailsEraser } from '../../src/store/details-eraser.ts';
import { firstEntryFrom } from '../../src/store/entry-times.ts';
import { readExpiredBefore } from '../../src/store/erasure-rows.ts';
import { DetailsReader } from '../../src/store/sealed-details.ts';
import { newDirectory, openJournal, removeDirectory } from '../support/journal.ts';

type Opened = ReturnType<typeof openJournal>;
const HOUR_MS = 3_600_000;
const NAMES = ['node-a', 'node-b'];
const BY_OPERATOR = { why: 'a request', actor: { kind: 'socket' } } as const;

let directory: string;
let opened: Opened;
beforeEach(async () => {
  directory = newDirectory();
  opened = openJournal(directory);
  await enrolTwo();
});
afterEach(async () => {
  await opened.close();
  removeDirectory(directory);
});

/**
 * Two nodes with three results each. Those of one round are sealed together; the rounds are an hour apart.
 */
async function enrolTwo(): Promise<void> {
  const { mesh, journal, clock } = opened;
  const token = (name: string) =>
    createToken({
      tokenId: `token-${name}` as TokenId,
      secretHash: sha256(`secret of token-${name}`),
      uses: 1,
      class: 'default',
      nodeId: undefined,
      ttlMs: HOUR_MS,
      actor: BY_OPERATOR.actor,
    });
  for (const name of NAMES) {
    await journal.run(token(name));
    await journal.run(mesh.enrolment(name, `token-${name}`));
  }
  for (let round = 0; round < 3; round++) {
    mesh.nowMs = clock.nowMs();
    await Promise.all(
      NAMES.map((name) => journal.run(mesh.submission(name, 0.9, { suite_version: `suite-of-${name}` }))),
    );
    await clock.advance(HOUR_MS);
  }
}

const erase = (nodeId: string) =>
  opened.journal.run(eraseNodeDetails({ nodeId, before: opened.log.head().size, ...BY_OPERATOR }));
function eraseAll(eraser = new DetailsEraser(opened.db, opened.sealer)): void {
  for (let state = eraser.eraseSome(); state !== 'done'; state = eraser.eraseSome())
    if (state === 'waiting') throw new Error('a reader keeps the write-ahead log');
}
/** The indices of a node's entries whose details can be read, and fit their commitments. */
function readable(name: string): number[] {
  const details = new DetailsReader(opened.db, opened.sealer);
  const rows = opened.db
    .prepare('SELECT log_index, entry FROM log_entries WHERE node_id = ? ORDER BY log_index')
    .all(name) as { log_index: number; entry: Uint8Array }[];
  return rows.flatMap(({ log_index: index, entry }) => {
    const found = details.find(index);
    if (found === undefined) return [];
    const { detailsCommitment } = parseEntry(new Uint8Array(entry));
    expect(commitDetails(decodeBase64(found.salt), found.details)).toBe(detailsCommitment);
    return [index];
  });
}
/** The bytes of the batches that hold details of entries, as they are sealed. */
const sealedBytes = () =>
  opened.db.prepare('SELECT sealed FROM log_detail_batches ORDER BY first_index').pluck().all() as Buffer[];
/** How many signed messages are kept. */
const messages = () => opened.db.prepare('SELECT count(*) FROM newest_messages').pluck().get();
/** How many erasures are not finished. */
const erasures = () => opened.db.prepare('SELECT count(*) FROM erasures').pluck().get();
const inFiles = (sealed: Buffer): boolean =>
  ['', '-wal'].some((suffix) => readFileSync(`${opened.path}${suffix}`).includes(sealed.subarray(1, 60)));

describe('an erasure of a node', () => {
  it('takes its details and salts out of the files, and leaves those of the others', async () => {
    const [first, second, newest] = sealedBytes();
    if (first === undefined || second === undefined || newest === undefined) throw new Error('no batches');
    const [ofA, ofB] = [readable('node-a'), readable('node-b')];
    expect([ofA.length, ofB.length]).toEqual([3, 3]);
    const head = { ...opened.log.head(), source: 'before' };
    await erase('node-a');
    // The event alone takes nothing away.
    expect([first, second, newest].map(inFiles)).toEqual([true, true, true]);
    eraseAll();
    // Its newest result is what the node is judged by.
    expect(readable('node-a')).toEqual(ofA.slice(-1));
    expect(readable('node-b')).toEqual(ofB);
    expect([first, second, newest].map(inFiles)).toEqual([false, false, true]);
    const { faults, size } = checkTree(opened.db, { known: [head] });
    expect([faults, size]).toEqual([[], head.size + 1]);
  });

  it('leaves the log as it was: inclusion of an erased entry and of another one can be proved', async () => {
    const [index = -1] = readable('node-a');
    await erase('node-a');
    eraseAll();
    const entries = opened.db
      .prepare('SELECT entry FROM log_entries ORDER BY log_index')
      .pluck()
      .all() as Uint8Array[];
    const leaves = entries.map((entry) => leafHash(entry));
    const { size, rootHash } = opened.log.head();
    const read = (level: number, at: number): Uint8Array =>
      level === 0
        ? (leaves[at] ?? new Uint8Array(32))
        : nodeHash(read(level - 1, 2 * at), read(level - 1, 2 * at + 1));
    for (const at of [index, index + 1]) {
      const [path, leaf] = [proveInclusion(at, size, read), read(0, at)];
      const claim = { leaf, index: at, size, path, root: decodeBase64(rootHash) };
      expect(verifyInclusion(claim)).toBe(true);
      expect(verifyInclusion({ ...claim, leaf: read(0, at + 1) })).toBe(false);
    }
  });

  it('that is revoked takes everything, and the next start has none of it', async () => {
    const { journal, state } = opened;
    await journal.run(quarantineOrRevoke({ change: 'revoke', nodeId: 'node-a', ...BY_OPERATOR }));
    await erase('node-a');
    eraseAll();
    expect(readable('node-a')).toEqual([]);
    const bare = { latest: undefined, observedAddress: undefined, enrolledFrom: undefined };
    expect(state.node('node-a')).toMatchObject(bare);
    expect(state.node('node-b')?.latest).toBeDefined();
    const before = state.node('node-a');
    await opened.close();
    opened = openJournal(directory);
    expect(opened.state.node('node-a')).toEqual(before);
  });

  it('goes on after a kill at any of its steps', async () => {
    await erase('node-a');
    for (let step = 0; step < 3; step++) {
      new DetailsEraser(opened.db, opened.sealer).eraseSome();
      await opened.close();
      opened = openJournal(directory);
    }
    eraseAll();
    expect(readable('node-a')).toHaveLength(1);
    expect(new DetailsEraser(opened.db, opened.sealer).pending).toBe(0);
  });

  it('takes the newest result, too, once there is a newer one, also after a restart', async () => {
    const ofB = readable('node-b');
    const newestBytes = sealedBytes().at(-1) ?? Buffer.alloc(1);
    opened.db
      .prepare("INSERT INTO newest_messages (node_id, log_index, sealed) VALUES ('node-a', ?, x'01')")
      .run(readable('node-a').at(-1));
    await erase('node-a');
    eraseAll();
    expect([readable('node-a').length, messages(), erasures()]).toEqual([1, 1, 1]);
    const next = async (name: string) => {
      opened.mesh.nowMs = opened.clock.nowMs();
      await opened.journal.run(opened.mesh.submission(name, 0.9));
    };
    // That of another node, which waits for nothing, ends nothing.
    await next('node-b');
    await opened.close();
    opened = openJournal(directory);
    eraseAll();
    expect([readable('node-a').length, messages(), erasures()]).toEqual([1, 1, 1]);
    await erase('node-b');
    const eraser = new DetailsEraser(opened.db, opened.sealer);
    expect(eraser.pending).toBe(1);
    eraseAll(eraser);
    expect(readable('node-b')).toHaveLength(1);
    expect(readable('node-b')[0]).toBeGreaterThan(Math.max(...ofB));
    const { size } = opened.log.head();
    await next('node-a');
    eraseAll();
    // The erasure of the other node waits for its next one.
    expect([readable('node-a'), messages(), erasures()]).toEqual([[size], 0, 1]);
    expect(inFiles(newestBytes)).toBe(false);
    expect(checkTree(opened.db).faults).toEqual([]);
  });

  it('is not over while another connection holds old bytes in the write-ahead log', async () => {
    const [first] = sealedBytes();
    const reader = new SqliteDatabase(opened.path, { readonly: true });
    reader.exec('BEGIN');
    reader.prepare('SELECT count(*) FROM log_entries').get();
    await erase('node-a');
    const eraser = new DetailsEraser(opened.db, opened.sealer);
    // Details, then what the node was told.
    expect([1, 2, 3].map(() => eraser.eraseSome())).toEqual(['more', 'more', 'waiting']);
    expect(inFiles(first ?? Buffer.alloc(1))).toBe(true);
    expect(eraser.pending).toBe(1);
    reader.close();
    eraseAll(eraser);
    expect(inFiles(first ?? Buffer.alloc(1))).toBe(false);
  });

  it('of a node that never was is refused', async () => {
    await expect(erase('node-x')).rejects.toMatchObject({ problem: { code: 'not_found' } });
  });
});

describe('details that have expired', () => {
  it('are erased before an index, but for the newest result of each node', async () => {
    const { journal, db, clock } = opened;
    const [firstOfA = 0, secondOfA = 0, newestOfA = 0] = readable('node-a');
    const before = firstEntryFrom(db, clock.nowMs() - 2 * HOUR_MS);
    expect([firstOfA < before, secondOfA >= before]).toEqual([true, true]);
    await journal.run(expireDetails(before, 30));
    eraseAll();
    expect(readable('node-a')).toEqual([secondOfA, newestOfA]);
    expect(readExpiredBefore(db)).toBe(before);
    await journal.run(expireDetails(opened.log.head().size, 30));
    eraseAll();
    expect([readable('node-a').length, readable('node-b').length]).toEqual([1, 1]);
    expect(checkTree(db).faults).toEqual([]);
  });

  it('begin at the first entry that is old enough, wherever that is', () => {
    const { db, clock, log } = opened;
    expect(firstEntryFrom(db, 0)).toBe(0);
    expect(firstEntryFrom(db, clock.nowMs() + 1)).toBe(log.head().size);
  });
});
