// Builds a running controller from its configuration. The other folders get clocks, timers, random bytes and
// the database as parameters; this file and compose/ choose which.

import { randomBytes } from 'node:crypto';
import {
  type Clock,
  closeAll,
  LogField,
  type Logger,
  systemClock,
  systemTimers,
  type Timers,
} from '@mesh/host';
import type { Database } from 'better-sqlite3';
import type { Alerts } from './alerts/alerts.ts';
import type { Backups } from './backup/backups.ts';
import { buildAlerts } from './compose/build-alerts.ts';
import { buildBackups } from './compose/build-backups.ts';
import { buildDashboard, type Dashboard } from './compose/build-dashboard.ts';
import { buildEpochKeys, type EpochKeys } from './compose/build-epoch-keys.ts';
import { buildEpochs, type Epochs } from './compose/build-epochs.ts';
import { buildErasures, type Retention } from './compose/build-erasures.ts';
import { buildExams } from './compose/build-exams.ts';
import { buildJudgement, type Judgement } from './compose/build-judgement.ts';
import { buildLog, type LogPublication } from './compose/build-log.ts';
import { buildMetrics, type Metrics, openMetrics } from './compose/build-metrics.ts';
import { buildObserved, type Observed } from './compose/build-observed.ts';
import { buildPublication, type Published } from './compose/build-publication.ts';
import { buildReception, forgetDeleted, type Reception } from './compose/build-reception.ts';
import { buildTileMoves, type TileMoves } from './compose/build-tile-moves.ts';
import { openListeners } from './compose/open-listeners.ts';
import { openPoc } from './compose/open-poc.ts';
import { openStorage, type Storage } from './compose/open-storage.ts';
import type { Opened, Platform } from './compose/platform.ts';
import { explainDamage } from './errors/explain-damage.ts';
import { adoptPolicy } from './judge/adopt-policy.ts';
import { PskDeriver } from './keys/psk-deriver.ts';
import type { ExamWatch } from './schedule/exam-watch.ts';
import { type ControllerConfig, configuredPolicyOf } from './settings/config.ts';
import { examWarnings } from './settings/exam-warnings.ts';
import { officerWarnings } from './settings/officer-warnings.ts';
import { pathsOf } from './settings/paths.ts';
import { openServedDatabase } from './store/open-store.ts';

/** All parts of a controller. A function that uses some of them declares which in its own ports type. */
type Services = Platform &
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
  Dashboard & { readonly backups: Backups; readonly exams: ExamWatch; readonly alerts: Alerts };

export interface RunningController {
  readonly services: Services;
  readonly nodesPort: number;
  readonly publicPort: number;
  readonly socketPath: string;
  /** Of the page for Prometheus; undefined if it has no port of its own. */
  readonly metricsPort: number | undefined;
  /** Takes over the policy of a configuration that was read again; see `adoptPolicy`. */
  reload(config: ControllerConfig): Promise<void>;
  close(): Promise<void>;
}

export interface ComposeOptions {
  readonly config: ControllerConfig;
  readonly logger: Logger;
  readonly clock?: Clock;
  readonly timers?: Timers;
  /** The program of the PSK worker; by default keys/psk-worker. */ readonly pskWorker?: URL;
  /** Where the dashboard's files are; by default beside the program. */
  readonly dashboardFolder?: string;
  /** Opens the database. The controller closes it. */
  readonly openDatabase?: (config: ControllerConfig) => Database;
  /** Called when the controller cannot go on; the process is expected to end and be started again. */
  readonly onFatal: (error: Error) => void;
}

/**
 * Starts a controller. Resolves when its listeners are open and its first epoch is published. If the database
 * takes no writes, this resolves without an epoch, and the controller keeps trying to open one. Until then it
 * serves only denials.
 */
export async function startController(options: ComposeOptions): Promise<RunningController> {
  // What has been opened so far. It is closed in reverse order, at the end or when the start fails half-way.
  const opened: Opened = [];
  const close = () => closeAll(opened);
  try {
    return { ...(await composeController(options, opened)), close };
  } catch (error) {
    // The first error says what to do, so an error of the closing is dropped.
    await close().catch(() => undefined);
    throw explainDamage(error, pathsOf(options.config).database);
  }
}

async function composeController(
  options: ComposeOptions,
  opened: Opened,
): Promise<Omit<RunningController, 'close'>> {
  const services = await buildServices(options, opened);
  await openPoc(services, opened);
  const { meshId, epochs, staleness, quarantines, holds, exams, waiters, logBell, logger } = services;
  // The listeners open before anything is written, so that a start that fails because a port or the socket is
  // taken leaves no trace.
  const { gate, ...listeners } = await openListeners(services, opened);
  const metricsPort = await openMetrics(services, opened);
  await epochs.start();
  staleness.start();
  quarantines.start();
  holds.start();
  exams.start();
  services.erasures.start();
  services.toldRecorder.start();
  // What a process that was killed has left.
  void services.toldRecorder.record();
  services.moveOldTiles?.start();
  services.alerts.start();
  gate.open();
  const { view, policy } = services;
  for (const warning of [...officerWarnings(view, services.config), ...examWarnings(view, policy())])
    logger.warn(warning);
  // Pushed last and so closed first: waiting queries get an answer before their connections end.
  opened.push(() => waiters.close());
  opened.push(() => logBell.close());
  opened.push(() => services.live.close());
  logger.info(
    {
      [LogField.nodesPort]: listeners.nodesPort,
      [LogField.publicPort]: listeners.publicPort,
      [LogField.meshId]: meshId,
    },
    'controller is up',
  );
  const reload = (config: ControllerConfig) => adoptPolicy(services, services.config, config);
  return { services, ...listeners, metricsPort, reload };
}

async function buildServices(options: ComposeOptions, opened: Opened): Promise<Services> {
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
    live.touch();
    alerts.onCommit(events);
    status.touch();
    metrics.counters.onCommit(events);
  });
}
