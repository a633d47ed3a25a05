// Opens the data directory, which one process at a time may use: the controller's keys, the state of the
// mesh, and the journal that writes state and log.

import { acquireProcessLock } from '@mesh/host';
import {
  type LimitsAtStart,
  limitsAtStart,
  MeshState,
  officersAuthoriseLimits,
  waivedAtStartMs,
} from '@mesh/membership';
import { defined, type MeshId, parseMeshId } from '@mesh/primitives';
import type { Policy } from '@mesh/scoring';
import type { Database } from 'better-sqlite3';
import { StalenessWaiver } from '../schedule/staleness-waiver.ts';
import { brakeSettingsOf } from '../settings/brake-setting.ts';
import { type ControllerConfig, limitPolicyOf } from '../settings/config.ts';
import { configuredOfficers } from '../settings/configured-officers.ts';
import { pathsOf } from '../settings/paths.ts';
import { refuseUnfitPolicy } from '../settings/stored-policy.ts';
import { AlertRows } from '../store/alert-rows.ts';
import { BenchmarkPlaces } from '../store/benchmark-places.ts';
import { CountedHeads } from '../store/counted-heads.ts';
import { DecisionEntries } from '../store/decision-entries.ts';
import { forgetDeletedKeys } from '../store/delete-sealed-key.ts';
import { DetailsEraser } from '../store/details-eraser.ts';
import { firstEntryFrom } from '../store/entry-times.ts';
import { readExpiredBefore } from '../store/erasure-rows.ts';
import { ExamEntries } from '../store/exam-entries.ts';
import { ExamHistory } from '../store/exam-history.ts';
import { type LogStore, openLogStore } from '../store/log-heads.ts';
import { LogWriter } from '../store/log-writer.ts';
import { LoggedResults } from '../store/logged-results.ts';
import { TileMover } from '../store/move-tiles.ts';
import { movedTilesOf, nameLogFolder } from '../store/moved-tiles.ts';
import { openSettledSealer } from '../store/open-store.ts';
import { type LogQuery, LogReader, type LogRow, lifeSigns, type OpenedRow } from '../store/read-log.ts';
import { type SealedStore, sealedStoreOf } from '../store/sealed-store.ts';
import { type FoundEntries, LogSearch, type LogSearchQuery } from '../store/search-log.ts';
import { SqliteJournal } from '../store/sqlite-journal.ts';
import { RowWriter, readState } from '../store/state-rows.ts';
import { type StorageSize, storageSizeOf } from '../store/storage-size.ts';
import { ToldRows } from '../store/told-rows.ts';
import { refuseEditedRows } from '../store/verify/refuse-edited-rows.ts';
import type { Sealer } from '../trust/at-rest-sealer.ts';
import { type ControllerKeys, openControllerKeys } from '../trust/controller-keys.ts';
import type { LogKeys } from '../trust/log-keys.ts';
import { logOrigin } from '../trust/log-origin.ts';
import { readMasterKey } from '../trust/master-key.ts';
import { openLogKeys } from '../trust/stored-log-keys.ts';
import { SwitchableSealer } from '../trust/switchable-sealer.ts';
import type { Opened, Platform } from './platform.ts';

export interface Storage {
  readonly meshId: MeshId;
  readonly keys: ControllerKeys;
  readonly logKeys: LogKeys;
  readonly sealer: SwitchableSealer;
  /** The master key's files, and what it seals. */
  readonly sealedStore: SealedStore;
  readonly view: MeshState;
  /** The policy in force. */
  readonly policy: () => Policy;
  /** The caller closes it after the last commit. */
  readonly journal: SqliteJournal;
  readonly logStore: LogStore;
  readonly countedHeads: CountedHeads;
  /**
   * The time after the start in which no node turns stale, because nodes could not submit while the
   * controller was down.
   */
  readonly waiver: StalenessWaiver;
  /** The pair limits of this start, and what is to be recorded of them with it. */
  readonly startLimits: LimitsAtStart;
  readonly readLog: (query: LogQuery) => LogRow[];
  readonly searchLog: (query: LogSearchQuery) => FoundEntries;
  readonly openLogEntry: (index: number) => OpenedRow | undefined;
  readonly decisionEntries: DecisionEntries;
  readonly examEntries: ExamEntries;
  readonly examHistory: ExamHistory;
  readonly loggedResults: LoggedResults;
  readonly toldRows: ToldRows;
  readonly tileMover: TileMover;
  readonly alertRows: AlertRows;
  /** What erases details, and what it has to know of the database. */
  readonly erasing: Erasing;
}

export interface Erasing {
  readonly eraser: DetailsEraser;
  readonly dropTold: (before: number) => boolean;
  readonly firstEntryFrom: (atMs: number) => number;
  readonly expiredBefore: () => number;
  readonly storageSize: () => StorageSize;
}

export async function openStorage(
  { config, clock, configured, randomBytes, onFatal }: Omit<Platform, 'timers' | 'logger'>,
  openDatabase: (config: ControllerConfig) => Database,
  opened: Opened,
): Promise<Storage> {
  const meshId = parseMeshId(config.mesh_id);
  const lock = acquireProcessLock(pathsOf(config).lock);
  opened.push(() => lock.release());
  // Without a usable key there is to be no new database.
  readMasterKey(config).dispose();
  const db = openDatabase(config);
  opened.push(() => void db.close());
  nameLogFolder(db, config.log.folder);
  movedTilesOf(db).check();
  const sealer = new SwitchableSealer(openSettledSealer(db, config));
  const keys = await openControllerKeys(db, sealer, meshId);

  const state = new MeshState(meshId);
  const places = new BenchmarkPlaces();
  state.merge(readState(db, sealer, places));
  const policy = () => state.policies().active?.policy ?? configured.policy;
  const epochMs = config.epoch_seconds * 1000;
  const waiver = new StalenessWaiver(clock, epochMs, waivedAtStartMs(lifeSigns(db), clock.nowMs(), epochMs));
  const results = new LoggedResults();
  const log = new LogWriter({ db, meshId, sealer, places, results, randomBytes });
  const logStore = openLogStore(db, log.head().size);
  refuseEditedRows(db, logStore.tiles);
  const logKeys = openLogKeys(db, sealer, logOrigin(db, config));
  const journal = new SqliteJournal({
    db,
    state,
    rows: new RowWriter(db, sealer, places),
    log,
    clock,
    policy,
    isStalenessWaived: () => waiver.isWaived(),
    brake: brakeSettingsOf(config.brake),
    ...defined({ probationEpochs: config.probation?.epochs }),
    onBroken: onFatal,
  });
  refuseUnfitPolicy(state, journal.context(), configured, config);
  journal.onCommit((events) => {
    logKeys.onCommit(events);
    forgetDeletedKeys(db, events);
  });
  const hasOfficers = state.officers() !== undefined || configuredOfficers(config).officers.length > 0;
  const startLimits = limitsAtStart(
    limitPolicyOf(config),
    hasOfficers,
    officersAuthoriseLimits,
  )(state, journal.context());
  const reader = new LogReader(db, sealer);
  const readLog = (query: LogQuery) => reader.read(query);
  const search = new LogSearch(db, reader);
  const searchLog = (query: LogSearchQuery) => search.find(query);
  return {
    meshId,
    keys,
    logKeys,
    sealer,
    sealedStore: sealedStoreOf(db, config),
    view: state,
    policy,
    journal,
    logStore,
    countedHeads: new CountedHeads(db, logStore.tiles, log.head().size),
    waiver,
    startLimits,
    readLog,
    searchLog,
    openLogEntry: (index) => reader.open(index),
    decisionEntries: new DecisionEntries(db),
    examEntries: new ExamEntries(db),
    examHistory: new ExamHistory(db, sealer),
    loggedResults: results,
    toldRows: new ToldRows(db, sealer),
    tileMover: new TileMover(db),
    alertRows: new AlertRows(db),
    erasing: erasingOf(db, sealer),
  };
}

const erasingOf = (db: Database, sealer: Sealer, eraser = new DetailsEraser(db, sealer)): Erasing => ({
  eraser,
  dropTold: (before) => eraser.dropTold(before),
  firstEntryFrom: (atMs) => firstEntryFrom(db, atMs),
  expiredBefore: () => readExpiredBefore(db),
  storageSize: () => storageSizeOf(db),
});
