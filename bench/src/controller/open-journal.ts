// Opens the journal of a controller that does not run, so that a benchmark writes what the controller would
// have written.

import { randomBytes } from 'node:crypto';
import { type Clock, systemClock } from '@mesh/host';
import { MeshState } from '@mesh/membership';
import { parseMeshId } from '@mesh/primitives';
import { type ControllerConfig, policyOf } from '../../../apps/controller/src/settings/config.ts';
import { BenchmarkPlaces } from '../../../apps/controller/src/store/benchmark-places.ts';
import { LogWriter } from '../../../apps/controller/src/store/log-writer.ts';
import { LoggedResults } from '../../../apps/controller/src/store/logged-results.ts';
import { type JournalOptions, SqliteJournal } from '../../../apps/controller/src/store/sqlite-journal.ts';
import { RowWriter, readState } from '../../../apps/controller/src/store/state-rows.ts';
import type { Sealer } from '../../../apps/controller/src/trust/at-rest-sealer.ts';

/** The caller closes the journal, and then the database. */
export function openJournal(
  db: JournalOptions['db'],
  sealer: Sealer,
  config: ControllerConfig,
  clock: Clock = systemClock,
): SqliteJournal {
  const state = new MeshState(parseMeshId(config.mesh_id));
  const places = new BenchmarkPlaces();
  state.merge(readState(db, sealer, places));
  const policy = policyOf(config);
  return new SqliteJournal({
    db,
    state,
    rows: new RowWriter(db, sealer, places),
    log: new LogWriter({
      db,
      meshId: state.meshId,
      sealer,
      places,
      results: new LoggedResults(),
      randomBytes,
    }),
    clock,
    policy: () => policy,
    isStalenessWaived: () => false,
    onBroken: (error) => {
      throw error;
    },
  });
}
