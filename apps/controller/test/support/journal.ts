// A journal over a real database file, with a fake clock and without commit listeners.

import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEnvelopeSealer, openSqlite } from '@mesh/host';
import { FakeClock } from '@mesh/host/test-kit';
import { MeshState } from '@mesh/membership';
import type { BrakeSettings } from '@mesh/scoring';
import { Mesh, NOW } from '../../../../packages/membership/test/support/mesh.ts';
import { BenchmarkPlaces } from '../../src/store/benchmark-places.ts';
import { LogWriter } from '../../src/store/log-writer.ts';
import { LoggedResults } from '../../src/store/logged-results.ts';
import { migrations } from '../../src/store/migrations/index.ts';
import { LogReader } from '../../src/store/read-log.ts';
import { SqliteJournal } from '../../src/store/sqlite-journal.ts';
import { RowWriter, readState } from '../../src/store/state-rows.ts';
import type { Sealer } from '../../src/trust/at-rest-sealer.ts';

export const newDirectory = (): string => mkdtempSync(join(tmpdir(), 'mesh-journal-'));
export const removeDirectory = (path: string): void => rmSync(path, { recursive: true, force: true });

export function sealerOf(masterKey: Uint8Array): Sealer {
  const envelopes = createEnvelopeSealer(masterKey);
  return {
    seal: (purpose, subject, plaintext) => envelopes.seal({ purpose, aad: subject }, plaintext),
    open: (purpose, subject, sealed) => envelopes.open({ purpose, aad: subject }, sealed),
  };
}

/** Opens the database of a folder and everything on top of it. `mesh` makes commands for its state. */
export function openJournal(
  directory: string,
  masterKey: Uint8Array = new Uint8Array(32).fill(7),
  brake?: BrakeSettings,
) {
  const path = join(directory, 'controller.db');
  const db = openSqlite(path, { migrations });
  const sealer = sealerOf(masterKey);
  const mesh = new Mesh();
  const { state } = mesh;
  if (!(state instanceof MeshState)) throw new Error('the state is another');
  const places = new BenchmarkPlaces();
  state.merge(readState(db, sealer, places));
  const log = new LogWriter({
    ...{ db, meshId: state.meshId, sealer, places, randomBytes },
    results: new LoggedResults(),
  });
  const clock = new FakeClock({ nowMs: NOW });
  const broken: Error[] = [];
  const journal = new SqliteJournal({
    db,
    state,
    rows: new RowWriter(db, sealer, places),
    log,
    clock,
    policy: () => mesh.policy,
    isStalenessWaived: () => false,
    ...(brake === undefined ? {} : { brake }),
    onBroken: (error) => broken.push(error),
  });
  const close = async () => {
    await journal.close();
    db.close();
  };
  const reader = new LogReader(db, sealer);
  return { path, db, sealer, mesh, state, log, reader, clock, journal, broken, close };
}
