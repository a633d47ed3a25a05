// Builds what Prometheus reads, and the loopback port for it if the configuration asks for one.

import { X509Certificate } from 'node:crypto';
import { LogField } from '@mesh/host';
import { epochsAt, freshTroubles } from '@mesh/membership';
import { Hono } from 'hono';
import type { Alerts } from '../alerts/alerts.ts';
import { openLoopbackListener } from '../http/listeners/loopback-listener.ts';
import { onError, onNotFound } from '../http/respond/answer-problem.ts';
import { metricsRoute } from '../http/routes/metrics-route.ts';
import { MeshMetrics } from '../metrics/mesh-metrics.ts';
import { VERSION } from '../version.ts';
import type { Retention } from './build-erasures.ts';
import type { LogPublication } from './build-log.ts';
import type { Observed } from './build-observed.ts';
import type { Published } from './build-publication.ts';
import type { Reception } from './build-reception.ts';
import type { Storage } from './open-storage.ts';
import type { Opened, Platform } from './platform.ts';

export interface Metrics {
  readonly metrics: MeshMetrics;
}

export function buildMetrics(
  { config, clock }: Platform,
  { view, journal, keys, policy }: Storage,
  { members }: Published,
  { publishedLog }: LogPublication,
  { applied }: Observed,
  { flood }: Reception,
  { storageSize }: Retention,
  alerts: Alerts,
): Metrics {
  const metrics = new MeshMetrics({
    version: VERSION,
    view,
    isIn: (node) => members.isIn(node),
    isDeclining: (node) => members.isDeclining(node),
    currentEpoch: () => epochsAt(view, clock.nowMs()).current,
    epochSeconds: config.epoch_seconds,
    maxResultAgeMs: () => policy().maxBenchmarkAgeMs,
    troublesOf: ({ nodeId }) => Object.keys(freshTroubles(applied.of(nodeId), clock.nowMs())),
    refusedTotals: () => flood.totals,
    isFlooded: () => flood.floodSinceMs !== undefined,
    isStorageFailing: () => journal.failing,
    storageSize,
    logEntries: () => journal.head().size,
    publishedEntries: () => publishedLog.head().size,
    caEndsAtMs: () => Date.parse(new X509Certificate(keys.authority.certificatePem).validTo),
    receivers: () => alerts.statuses(),
    maxNodes: config.metrics.max_nodes,
  });
  return { metrics };
}

/**
 * @returns the port, when it is open; undefined if the configuration asks for none
 * @throws ControllerError for a port that cannot be opened
 */
export async function openMetrics(
  { config, timers, logger, metrics }: Platform & Metrics,
  opened: Opened,
): Promise<number | undefined> {
  const { port } = config.metrics;
  if (port === undefined) return undefined;
  const app = new Hono();
  app.get(LOOPBACK_PATH, metricsRoute({ metrics }));
  app.notFound(onNotFound([{ path: LOOPBACK_PATH }]));
  app.onError(onError(logger));
  const listener = await openLoopbackListener(app, { door: 'metrics', host: '127.0.0.1', port }, timers);
  opened.push(() => listener.close());
  logger.info(
    { [LogField.address]: `http://127.0.0.1:${listener.port}${LOOPBACK_PATH}` },
    'metrics are served',
  );
  return listener.port;
}

/** Where Prometheus looks if nobody tells it another path. */
const LOOPBACK_PATH = '/metrics';
