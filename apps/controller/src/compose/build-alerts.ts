// Builds what tells receivers of cuts and the like.

import { X509Certificate } from 'node:crypto';
import { freshTroubles, type NodeRecord } from '@mesh/membership';
import { Alerts } from '../alerts/alerts.ts';
import { commandReceiver } from '../alerts/command-receiver.ts';
import { goingOn } from '../alerts/going-on.ts';
import { httpPost } from '../alerts/http-post.ts';
import { spawnProgram } from '../alerts/spawn-program.ts';
import { webhookReceiver } from '../alerts/webhook-receiver.ts';
import { ClockJumps } from '../schedule/clock-jumps.ts';
import { VERSION } from '../version.ts';
import type { LogPublication } from './build-log.ts';
import type { Observed } from './build-observed.ts';
import type { Published } from './build-publication.ts';
import type { Reception } from './build-reception.ts';
import type { Storage } from './open-storage.ts';
import type { Opened, Platform } from './platform.ts';

/**
 * @throws ControllerError `usage` for a file of a receiver that cannot be read or does not hold what it
 *   should
 */
export function buildAlerts(
  { config, clock, timers, logger, randomBytes }: Platform,
  { meshId, view, journal, keys, alertRows }: Storage,
  { members }: Published,
  { cosignedLog }: LogPublication,
  { applied }: Observed,
  { flood }: Reception,
  opened: Opened,
): Alerts {
  const nowMs = () => clock.nowMs();
  const { webhooks, commands } = config.alerts;
  const ports = { meshId, version: VERSION, nowMs, post: httpPost, run: spawnProgram };
  const jumps = new ClockJumps(clock);
  const refuses = ({ nodeId }: NodeRecord) =>
    freshTroubles(applied.of(nodeId), clock.nowMs()).log !== undefined;
  const alerts = new Alerts({
    receivers: [
      ...webhooks.map((setting) => webhookReceiver(setting, ports)),
      ...commands.map((setting) => commandReceiver(setting, ports)),
    ],
    rows: alertRows,
    logSize: () => journal.head().size,
    goingOn: () => [
      ...goingOn({
        nowMs,
        isFlooded: () => flood.floodSinceMs !== undefined,
        isStorageFailing: () => journal.failing,
        clockJump: () => jumps.look(),
        witnesses: () => cosignedLog.troubles(),
        refusers: () => [...view.nodes()].filter(refuses).map(({ nodeId }) => nodeId),
        caEndsAtMs: () => Date.parse(new X509Certificate(keys.authority.certificatePem).validTo),
        nodeCertificates: () =>
          [...view.nodes()].flatMap((node) =>
            node.certificate === undefined || !members.isIn(node)
              ? []
              : [{ nodeId: node.nodeId, endsAtMs: node.certificate.notAfterMs }],
          ),
        certificateMs: config.certificate_hours * 3_600_000,
      }),
    ],
    newId: () => Buffer.from(randomBytes(16)).toString('hex'),
    clock,
    timers,
    random: Math.random,
    logger,
  });
  opened.push(() => alerts.close());
  return alerts;
}
