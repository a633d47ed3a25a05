// A controller's database with a log of a given length, written by the controller's own journal.

import { statSync } from 'node:fs';
import { leafHash } from '@mesh/audit';
import { platformSha256 } from '@mesh/host';
import { PublishedLog } from '../../../apps/controller/src/publish/published-log.ts';
import { pathsOf } from '../../../apps/controller/src/settings/paths.ts';
import { LogTiles } from '../../../apps/controller/src/store/log-tiles.ts';
import { openDatabase, openSealer } from '../../../apps/controller/src/store/open-store.ts';
import { verifyDatabaseOf } from '../../../apps/controller/src/verify.ts';
import { openJournal } from '../controller/open-journal.ts';
import { seedMesh } from '../controller/seed-mesh.ts';
import { NODES, named, nextEntry, type ReadableLog } from './log-parts.ts';

/** How many appends wait at once while a log is written. */
const WAITING = 64;

export interface Verified {
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
}

/** What an entry takes, on average, in bytes. */
export interface EntryBytes {
  /** Its share of the database file, with all tables and indices. */
  readonly file: number;
  readonly entry: number;
  /** The details that the entry commits to, sealed. */
  readonly details: number;
  readonly tiles: number;
}

export interface PlantedLog extends ReadableLog, AsyncDisposable {
  readonly append: () => Promise<unknown>;
  /** Closes the journal and writes everything into the database file. Nothing can be appended any more. */
  settle(): Promise<void>;
  /** @throws Error if something is not as it was written */
  verify(): Verified;
  bytes(): EntryBytes;
}

/** @param entries at least those that the enrolment of the nodes leaves */
export async function plantLog(entries: number): Promise<PlantedLog> {
  const mesh = await seedMesh({ nodes: NODES, identities: 0 });
  const { database } = pathsOf(mesh.config);
  const db = openDatabase(mesh.config);
  const journal = openJournal(db, openSealer(mesh.config), mesh.config);
  const append = nextEntry(journal);
  let missing = entries - journal.head().size;
  const writeOneByOne = async (): Promise<void> => {
    while (missing > 0) {
      missing -= 1;
      await append();
    }
  };
  await Promise.all(Array.from({ length: WAITING }, writeOneByOne));
  const { size } = journal.head();
  // As the controller reads tiles for a proof: full ones from the database, partial ones from memory.
  const published = new PublishedLog(new LogTiles(db));
  published.show(journal.edge(), '');
  return {
    size,
    name: named(size),
    readTile: (tile) => published.tile(tile) as Uint8Array,
    leaf: (index) => leafHash(entryAt(db, index), platformSha256),
    append,
    settle: async () => {
      await journal.close();
      db.pragma('wal_checkpoint(TRUNCATE)');
    },
    verify: () => {
      const startedMs = performance.now();
      const cpu = process.cpuUsage();
      const { faults, logSize } = verifyDatabaseOf(mesh.config, []);
      const { user, system } = process.cpuUsage(cpu);
      if (faults.length > 0 || logSize < size) throw new Error(`it does not verify: ${faults.join('; ')}`);
      return { wallSeconds: (performance.now() - startedMs) / 1e3, cpuSeconds: (user + system) / 1e6 };
    },
    bytes: () => {
      const sum = (sql: string): number => db.prepare(sql).pluck().get() as number;
      return {
        file: statSync(database).size / size,
        entry: sum('SELECT avg(length(entry)) FROM log_entries'),
        details: sum('SELECT sum(length(sealed)) FROM log_detail_batches') / size,
        tiles: sum('SELECT ifnull(sum(length(hashes)), 0) FROM log_tiles') / size,
      };
    },
    [Symbol.asyncDispose]: async () => {
      await journal.close();
      db.close();
      await mesh.remove();
    },
  };
}

const entryAt = (db: ReturnType<typeof openDatabase>, index: number): Uint8Array =>
  db.prepare('SELECT entry FROM log_entries WHERE log_index = ?').pluck().get(index) as Uint8Array;
