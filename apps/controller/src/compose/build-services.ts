// Builds all parts of a controller from one another, and says in which order they close and hear of commits.

import { randomBytes } from 'node:crypto';
import { type Clock, type Logger, systemClock, systemTimers, type Timers } from '@mesh/host';
import type { Database } from 'better-sqlite3';
import type { Alerts } from '../alerts/alerts.ts';
import type { Backups } from '../backup/backups.ts';
import { ReplayTurn } from '../http/gate/replay-turn.ts';
import { PskDeriver } from '../keys/psk-deriver.ts';
import type { ExamWatch } from '../schedule/exam-watch.ts';
import { type ControllerConfig, configuredPolicyOf } from '../settings/config.ts';
import { openServedDatabase } from '../store/open-store.ts';
import { buildAlerts } from './build-alerts.ts';
import { buildBackups } from './build-backups.ts';
import { buildDashboard, type Dashboard } from './build-dashboard.ts';
import { buildEpochKeys, type EpochKeys } from './build-epoch-keys.ts';
import { buildEpochs, type Epochs } from './build-epochs.ts';
import { buildErasures, type Retention } from './build-erasures.ts';
import { buildExams } from './build-exams.ts';
import { buildJudgement, type Judgement } from './build-judgement.ts';
import { buildLog, type LogPublication } from './build-log.ts';
import { buildMetrics, type Metrics } from './build-metrics.ts';
import { buildObserved, type Observed } from './build-observed.ts';
import { buildPublication, type Published } from './build-publication.ts';
import { buildReception, forgetDeleted, type Reception } from './build-reception.ts';
import { buildTileMoves, type TileMoves } from './build-tile-moves.ts';
import { openStorage, type Storage } from './open-storage.ts';
import type { Opened, Platform } from './platform.ts';

/** All parts of a controller. A function that uses some of them declares which in its own ports type. */
export type Services = Platform &
  Storage & { readonly deriver: PskDeriver } & Published &
  LogPublication &
  Judgement &
  Observed &
  EpochKeys &
  Epochs &
  Reception &
  Retention &
  TileMoves &
  Metrics &
  Dashboard & {
    readonly backups: Backups;
    readonly exams: ExamWatch;
    readonly alerts: Alerts;
    readonly replayTurn: ReplayTurn;
  };

export interface ComposeOptions {
  readonly config: ControllerConfig;
  readonly logger: Logger;
  readonly clock?: Clock;
  readonly timers?: Timers;
  /** The program of the PSK worker; by default keys/psk-worker. */
  readonly pskWorker?: URL;
  /** Where the dashboard's files are; by default beside the program. */
  readonly dashboardFolder?: string;
  /** Opens the database. The controller closes it. */
  readonly openDatabase?: (config: ControllerConfig) => Database;
  /** Called when the controller cannot go on; the process is expected to end and be started again. */
  readonly onFatal: (error: Error) => void;
}

/** @param opened gets what has to be closed, also when this rejects */
export async function buildServices(options: ComposeOptions, opened: Opened): Promise<Services> {
  const platform = platformOf(options);
  const storage = await openStorage(platform, options.openDatabase ?? openServedDatabase, opened);
  const deriver = new PskDeriver(platform.onFatal, options.pskWorker);
  opened.push(() => deriver.close());
  const published = buildPublication(platform, storage, deriver);
  const isBackupBeingMade = () => backups.state.kind === 'making';
  const judgement = buildJudgement(platform, storage, published, isBackupBeingMade, opened);
  const log = buildLog(platform, storage, published, opened);
  const observed = buildObserved(platform, storage, published, opened);
  const keys = buildEpochKeys(platform, storage, published, judgement, observed, log, deriver);
  const exams = buildExams(platform, storage, published, judgement, log);
  const epochs = buildEpochs(platform, storage, published, judgement, keys, exams, deriver, opened);
  const reception = buildReception(platform, storage, published, judgement, opened);
  const backups = buildBackups(platform, storage, judgement, opened);
  const retention = buildErasures(platform, storage, judgement, opened);
  const alerts = buildAlerts(platform, storage, published, log, observed, reception, opened);
  const parts = {
    ...platform,
    ...storage,
    deriver,
    ...published,
    ...log,
    ...judgement,
    ...observed,
    ...keys,
    ...epochs,
    exams,
    ...reception,
    ...retention,
  };
  const services = {
    ...parts,
    ...buildDashboard(platform, parts, opened, options.dashboardFolder),
    ...buildTileMoves(platform, storage, log, opened),
    ...buildMetrics(platform, storage, published, log, observed, reception, retention, alerts),
    backups,
    alerts,
    replayTurn: new ReplayTurn(),
  };
  closeInOrder(services, opened);
  followCommits(services);
  epochs.epochs.onOpened((tookMs) => services.metrics.epochOpened(tookMs));
  return services;
}

function platformOf({ config, logger, clock, timers, onFatal }: ComposeOptions): Platform {
  return {
    config,
    configured: configuredPolicyOf(config),
    clock: clock ?? systemClock,
    timers: timers ?? systemTimers,
    logger,
    randomBytes,
    onFatal,
  };
}

/** Whatever commits closes before the journal. Whatever listens to the commits closes after it. */
function closeInOrder(
  {
    journal,
    epochs,
    staleness,
    quarantines,
    holds,
    exams,
    judge,
    masterKeyRotation,
    refusals,
    toldRecorder,
  }: Services,
  opened: Opened,
): void {
  opened.push(() => journal.close());
  opened.push(() => {
    epochs.close();
    staleness.close();
    quarantines.close();
    holds.close();
    exams.close();
    masterKeyRotation.close();
    judge.close();
  });
  opened.push(() => refusals.close());
  opened.push(() => toldRecorder.close());
}

/** The judge subscribed first, so it has published the events when this listener runs. */
function followCommits(services: Services): void {
  const { journal, challenges, leases, publication, staleness, quarantines, holds, exams } = services;
  const { tunnels, ahead, maintenance, status, logPublisher, logBell, metrics, live, alerts } = services;
  journal.onCommit((events) => {
    if (events.some((event) => event.type === 'epoch_opened')) challenges.renew();
    for (const nodeId of leases.takeShortened()) publication.refresh(nodeId);
    staleness.onCommit(events);
    quarantines.onCommit(events);
    holds.onCommit(events);
    exams.onCommit(events);
    tunnels.onCommit(events);
    ahead.onCommit(events);
    forgetDeleted(services, events);
    maintenance.onCommit(events);
    logPublisher.onCommit(events);
    logBell.ring();
    live.onCommit(events);
    alerts.onCommit(events);
    status.touch();
    metrics.counters.onCommit(events);
  });
}
