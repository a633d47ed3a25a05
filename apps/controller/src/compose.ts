// Builds a running controller from its configuration. Real clocks, files, sockets and random numbers are
// taken here and in compose/ alone, so that everything else can be given others.

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
import { openDoors } from './compose/doors.ts';
import { buildEpochKeys, type EpochKeys } from './compose/epoch-keys.ts';
import { buildEpochs, type Epochs } from './compose/epochs.ts';
import { buildJudgement, type Judgement } from './compose/judgement.ts';
import type { Opened, Platform } from './compose/platform.ts';
import { buildPublication, type Published } from './compose/publication.ts';
import { buildReception, type Reception } from './compose/reception.ts';
import { openStorage, type Storage } from './compose/storage.ts';
import { type ControllerConfig, policyOf } from './settings/config.ts';
import { openServedDatabase } from './store/open-store.ts';

/** Everything that a controller is made of. Each part of it takes the few pieces that it names. */
type Services = Platform & Storage & Published & Judgement & EpochKeys & Epochs & Reception;

export interface RunningController {
  readonly services: Services;
  readonly nodesPort: number;
  readonly publicPort: number;
  readonly socketPath: string;
  close(): Promise<void>;
}

export interface ComposeOptions {
  readonly config: ControllerConfig;
  readonly logger: Logger;
  readonly clock?: Clock;
  readonly timers?: Timers;
  /** The program of the PSK worker, where it is not the usual one. */
  readonly pskWorker?: URL;
  /** Where the database comes from; closed at the end. */
  readonly openDatabase?: (config: ControllerConfig) => Database;
  /** Called when the controller cannot go on; the process is expected to end and be started again. */
  readonly onFatal: (error: Error) => void;
}

/**
 * Starts a controller. Resolves when its listeners are open and its first epoch is published. While the
 * database takes no writes the epoch is put off, and this resolves without it: until there is one, the
 * controller serves only what denies.
 */
export async function startController(options: ComposeOptions): Promise<RunningController> {
  // What has been opened, to be closed in the opposite order: at the end, or when the start fails half-way.
  const opened: Opened = [];
  const close = () => closeAll(opened);
  try {
    return { ...(await composeController(options, opened)), close };
  } catch (error) {
    // What went wrong first says what to do.
    await close().catch(() => undefined);
    throw error;
  }
}

async function composeController(
  options: ComposeOptions,
  opened: Opened,
): Promise<Omit<RunningController, 'close'>> {
  const services = await buildServices(options, opened);
  const { meshId, epochs, staleness, waiters, logger } = services;
  // Before anything is written: a start that fails at a port, or at another controller's socket, leaves no
  // trace.
  const { gate, ...doors } = await openDoors(services, opened);
  await epochs.start();
  staleness.start();
  gate.open();
  // The first to be closed: a query that waits gets an answer before its connection ends.
  opened.push(() => waiters.close());
  logger.info(
    {
      [LogField.nodesPort]: doors.nodesPort,
      [LogField.publicPort]: doors.publicPort,
      [LogField.meshId]: meshId,
    },
    'controller is up',
  );
  return { services, ...doors };
}

async function buildServices(options: ComposeOptions, opened: Opened): Promise<Services> {
  const platform = platformOf(options);
  const storage = await openStorage(platform, options.openDatabase ?? openServedDatabase, opened);
  const published = buildPublication(platform, storage);
  const judgement = buildJudgement(platform, storage, published, opened);
  const keys = buildEpochKeys(platform, storage, published, judgement, options.pskWorker, opened);
  const epochs = buildEpochs(platform, storage, published, judgement, keys, opened);
  const reception = buildReception(platform, storage, published);
  const services = { ...platform, ...storage, ...published, ...judgement, ...keys, ...epochs, ...reception };
  closeInOrder(services, opened);
  followCommits(services);
  return services;
}

function platformOf({ config, logger, clock, timers, onFatal }: ComposeOptions): Platform {
  const policy = policyOf(config);
  return {
    config,
    policy: () => policy,
    clock: clock ?? systemClock,
    timers: timers ?? systemTimers,
    logger,
    randomBytes,
    onFatal,
  };
}

/** What commits is closed before the journal, and the journal before what follows its commits. */
function closeInOrder({ journal, epochs, staleness, judge }: Services, opened: Opened): void {
  opened.push(() => journal.close());
  opened.push(() => {
    epochs.close();
    staleness.close();
    judge.close();
  });
}

/** The judge, which has subscribed first, has published the events by then. */
function followCommits(services: Services): void {
  const { journal, challenges, leases, publication, staleness, ahead, maintenance, status } = services;
  journal.onCommit((events) => {
    if (events.some((event) => event.type === 'epoch_opened')) challenges.renew();
    for (const nodeId of leases.takeShortened()) publication.refresh(nodeId);
    staleness.onCommit(events);
    ahead.onCommit(events);
    maintenance.onCommit(events);
    status.touch();
  });
}
