// What a controller has on its disk, opened by one process at a time: its keys, the state of its mesh, and the journal that
// keeps both state and log.

import { acquireProcessLock, type Clock } from '@mesh/host';
import { MeshState, waivedAtStartMs } from '@mesh/membership';
import { type MeshId, parseMeshId } from '@mesh/primitives';
import type { Policy } from '@mesh/scoring';
import type { Database } from 'better-sqlite3';
import type { ControllerConfig } from './config.ts';
import { StalenessWaiver } from './epochs/staleness-waiver.ts';
import type { Services } from './services.ts';
import { pathsOf } from './settings/paths.ts';
import { LogWriter, lifeSigns, readLog } from './store/log-writer.ts';
import { RowWriter, readState } from './store/node-rows.ts';
import { openSealer } from './store/open-store.ts';
import { SqliteJournal } from './store/sqlite-journal.ts';
import { type ControllerKeys, openControllerKeys } from './trust/controller-keys.ts';

export interface Stored {
  readonly meshId: MeshId;
  readonly keys: ControllerKeys;
  readonly state: MeshState;
  /** The caller closes it, once nothing is committed any more. */
  readonly journal: SqliteJournal;
  /** For how long nobody turns stale: the controller was away, and nobody could submit. */
  readonly waiver: StalenessWaiver;
  readonly readLog: Services['readLog'];
}

export interface StoredOptions {
  readonly config: ControllerConfig;
  readonly clock: Clock;
  readonly policy: () => Policy;
  readonly openDatabase: (config: ControllerConfig) => Database;
  readonly randomBytes: (length: number) => Uint8Array;
  /** The journal cannot go on. */
  readonly onFatal: (error: Error) => void;
}

/** @param opened takes what is to be closed, last first */
export async function openStored(options: StoredOptions, opened: (() => void)[]): Promise<Stored> {
  const { config, clock, policy, randomBytes } = options;
  const meshId = parseMeshId(config.mesh_id);
  const lock = acquireProcessLock(pathsOf(config).lock);
  opened.push(() => lock.release());
  const sealer = openSealer(config);
  const db = options.openDatabase(config);
  opened.push(() => void db.close());
  const keys = await openControllerKeys(db, sealer, meshId);

  const state = new MeshState(meshId);
  state.merge(readState(db, sealer));
  const epochMs = config.epoch_seconds * 1000;
  const waiver = new StalenessWaiver(clock, epochMs, waivedAtStartMs(lifeSigns(db), clock.nowMs(), epochMs));
  const journal = new SqliteJournal({
    db,
    state,
    rows: new RowWriter(db, sealer),
    log: new LogWriter({ db, meshId, sealer, randomBytes }),
    clock,
    policy,
    isStalenessWaived: () => waiver.isWaived(),
    onBroken: options.onFatal,
  });
  return { meshId, keys, state, journal, waiver, readLog: (query) => readLog(db, sealer, query) };
}
