import { chmodSync, mkdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { createLogger, openSqlite, systemClock } from '@mesh/host';
import { waitUntil } from '@mesh/host/test-kit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Journal } from '../../src/journal/journal.ts';
import { silent, temporaryDirectory } from '../support/agent-fixtures.ts';
import { epoch, node, publicKeyOf } from '../support/plan-fixtures.ts';

interface Row {
  readonly type: string;
  readonly data: string;
}

function rowsOf(path: string): Row[] {
  const db = openSqlite(path, { migrations: [] });
  try {
    return db.prepare<[], Row>('SELECT type, data FROM events ORDER BY id').all();
  } finally {
    db.close();
  }
}

describe('the journal', () => {
  it('holds every event in order, in WAL mode', async () => {
    const path = join(temporaryDirectory(), 'journal.sqlite');
    const journal = new Journal({ path, clock: systemClock, logger: silent });
    for (let id = 1; id <= 500; id++) journal.record({ type: 'epoch_applied', epochId: epoch(id) });
    journal.record({ type: 'peer_removed', nodeId: node('b'), publicKey: publicKeyOf('b'), tookMs: 1.5 });
    await journal.close();
    const rows = rowsOf(path);
    expect(rows).toHaveLength(501);
    expect(rows.slice(0, 500).map(({ data }) => JSON.parse(data).epochId)).toEqual(
      Array.from({ length: 500 }, (_, at) => at + 1),
    );
    expect(rows.at(-1)).toMatchObject({ type: 'peer_removed' });
    const db = openSqlite(path, { migrations: [] });
    expect(db.pragma('journal_mode', { simple: true })).toBe('wal');
    db.close();
  });

  it('keeps the newest rows only', async () => {
    const path = join(temporaryDirectory(), 'journal.sqlite');
    const journal = new Journal({ path, keep: 10, clock: systemClock, logger: silent });
    for (let id = 1; id <= 30; id++) journal.record({ type: 'epoch_applied', epochId: epoch(id) });
    await journal.close();
    expect(rowsOf(path).map(({ data }) => JSON.parse(data).epochId)).toEqual([
      21, 22, 23, 24, 25, 26, 27, 28, 29, 30,
    ]);
  });

  it('survives a file that cannot be written, and writes the queued rows once it can', async () => {
    const directory = temporaryDirectory();
    const path = join(directory, 'journal.sqlite');
    // There is a folder instead of the file, so that the file cannot be opened until the folder is removed.
    mkdirSync(path);
    const lines: string[] = [];
    const logger = createLogger({
      level: 'error',
      destination: { write: (line: string) => void lines.push(line) },
    });
    const journal = new Journal({ path, clock: systemClock, logger });
    journal.record({ type: 'lease_ended' });
    await waitUntil('the complaint', () => lines.length === 1);
    journal.record({ type: 'lease_ended' });
    rmdirSync(path);
    await waitUntil('the events on disk', () => {
      journal.record({ type: 'controller_found' });
      try {
        return rowsOf(path).length > 2;
      } catch {
        return false;
      }
    });
    await journal.close();
    expect(rowsOf(path).filter(({ type }) => type === 'lease_ended')).toHaveLength(2);
    expect(lines).toHaveLength(1);
  });

  it('closes even if nothing could be written', async () => {
    const directory = join(temporaryDirectory(), 'shared');
    mkdirSync(directory);
    chmodSync(directory, 0o777);
    onTestFinished(() => chmodSync(directory, 0o700));
    const journal = new Journal({
      path: join(directory, 'journal.sqlite'),
      clock: systemClock,
      logger: silent,
    });
    journal.record({ type: 'lease_ended' });
    await journal.close();
    expect(journal.recent().map(({ event }) => event.type)).toEqual(['lease_ended']);
  });
});
