// Builds a running controller from its configuration. The other folders get clocks, timers, random bytes and
// the database as parameters; this file and compose/ choose which.

import { closeAll, LogField } from '@mesh/host';
import { openMetrics } from './compose/build-metrics.ts';
import { buildServices, type ComposeOptions, type Services } from './compose/build-services.ts';
import { openListeners } from './compose/open-listeners.ts';
import { openPoc } from './compose/open-poc.ts';
import type { Opened } from './compose/platform.ts';
import { explainDamage } from './errors/explain-damage.ts';
import { adoptPolicy, type ReadAgain } from './judge/adopt-policy.ts';
import { examWarnings } from './settings/exam-warnings.ts';
import { officerWarnings } from './settings/officer-warnings.ts';
import { pathsOf } from './settings/paths.ts';

export interface RunningController {
  readonly services: Services;
  readonly nodesPort: number;
  readonly publicPort: number;
  readonly socketPath: string;
  /** Of the page for Prometheus; undefined if it has no port of its own. */
  readonly metricsPort: number | undefined;
  /** Takes over the policy of a configuration that was read again; see `adoptPolicy`. */
  reload(read: ReadAgain): Promise<void>;
  close(): Promise<void>;
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
  const { view, policy, config } = services;
  for (const warning of [...officerWarnings(view, config), ...examWarnings(view, policy(), config)])
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
  const reload = (read: ReadAgain) => adoptPolicy(services, config, read);
  return { services, ...listeners, metricsPort, reload };
}
