// Runs an agent: starts and ends its tasks together (engine, uplink, measuring, probing and the others).
// wire-agent.ts connects the parts, and compose.ts builds the real ones.

import { LogField, type Own, owning } from '@mesh/host';
import type { ControlHandlers } from '../control/control-server.ts';
import { pingPeer } from '../control/ping-peer.ts';
import { messageOf } from '../errors/agent-error.ts';
import { buildStatus } from '../status/build-status.ts';
import { renewCertificates } from '../uplink/certificate/renew-certificate.ts';
import { announceLeave } from '../uplink/reports/announce-leave.ts';
import { reportEndpoint } from '../uplink/reports/report-endpoint.ts';
import type { AgentParts } from './agent-parts.ts';
import { wireAgent } from './wire-agent.ts';

const LEAVE_TIMEOUT_MS = 3_000;

/**
 * Runs until the signal aborts or `down` is called. A signal leaves the interface as it is, so that a restart
 * does not interrupt a tunnel. `down` announces the leave to the controller and removes the interface.
 *
 * @returns why it ended
 */
export function runAgent(parts: AgentParts, signal: AbortSignal): Promise<'signal' | 'down'> {
  return owning((own) => openAndRun(parts, signal, own));
}

async function openAndRun(parts: AgentParts, signal: AbortSignal, own: Own): Promise<'signal' | 'down'> {
  const { keys, enrolment, journal, timers, controllerClock, random, logger, options } = parts;
  const { mesh_id: meshId, node_id: nodeId } = enrolment.current;
  const stop = new AbortController();
  const ended = AbortSignal.any([signal, stop.signal]);
  const { engine, channel, follower, submissions, reporter, measuring, prober, record } = await wireAgent(
    parts,
    own,
  );
  const { client } = channel;

  let engineDone = Promise.resolve();
  let leaving: ReturnType<ControlHandlers['down']> | undefined;
  const control = await parts.serveControl({
    status: () =>
      buildStatus({
        instanceId: parts.instanceId,
        pid: parts.pid,
        publicKey: keys.wireguard.a.publicKey,
        tunnelKind: parts.tunnelKind,
        enrolment,
        engine,
        hostRules: parts.hostRules,
        prober,
        reporter,
        record,
        journal,
        clock: parts.clock,
        controllerClock,
      }),
    down: () => {
      leaving ??= leave();
      return leaving;
    },
    ping: (peerId, count) => pingPeer(engine, prober, peerId, count),
  });
  own(() => control.close());
  // If a task fails, the other tasks end before anything that they use is closed.
  const tasks: Promise<void>[] = [];
  own(async () => {
    stop.abort();
    await Promise.allSettled(tasks);
  });

  async function leave() {
    stop.abort();
    await engineDone;
    const failure = await announceLeave(
      {
        enrolment: enrolment.current,
        instanceId: parts.instanceId,
        client,
        sign: keys.identity.sign,
        sequences: parts.sequences,
        controllerClock,
      },
      AbortSignal.timeout(LEAVE_TIMEOUT_MS),
    ).then(() => null, messageOf);
    const { interfaceName } = engine.tunnel;
    await engine.down();
    await parts.hostRules.down();
    journal.record({ type: 'stopped', why: 'down' });
    return { interface: interfaceName, leave_announced: failure === null, leave_failure: failure };
  }

  engineDone = engine.run(ended);
  tasks.push(engineDone);
  journal.record({ type: 'started', instanceId: parts.instanceId, version: parts.version });
  logger.info(
    {
      [LogField.nodeId]: nodeId,
      [LogField.meshId]: meshId,
      [LogField.interfaceName]: engine.tunnel.interfaceName,
    },
    'agent started',
  );
  if (measuring === undefined) logger.warn('no measurement source is set: this node will not be admitted');
  tasks.push(follower.run(ended), submissions.run(ended), reporter.run(ended));
  if (measuring !== undefined) tasks.push(measuring.run(ended));
  if (options.probePort !== 0) tasks.push(prober.run(ended));
  tasks.push(
    reportEndpoint(
      options.endpoint,
      {
        store: enrolment,
        client,
        sign: keys.identity.sign,
        sequences: parts.sequences,
        controllerClock,
        timers,
        random,
        logger,
        reported: () => journal.record({ type: 'endpoint_reported' }),
      },
      ended,
    ),
    renewCertificates(
      {
        store: enrolment,
        identity: keys.identity,
        client,
        controllerClock,
        timers,
        random,
        logger,
        renewed: (renewed, validUntilMs) => {
          channel.replace(renewed);
          const validUntil = new Date(validUntilMs).toISOString();
          journal.record({ type: 'certificate_renewed', validUntil });
          logger.info({ [LogField.until]: validUntil }, 'certificate renewed');
        },
      },
      ended,
    ),
  );
  await Promise.all(tasks);
  const why = leaving === undefined ? 'signal' : 'down';
  await leaving?.catch((error: unknown) =>
    logger.error(
      { [LogField.error]: error },
      'the interface or its kernel rules could not be removed: mesh-agent down again',
    ),
  );
  if (why === 'signal') journal.record({ type: 'stopped', why });
  logger.info(
    { [LogField.reason]: why },
    why === 'down' ? 'agent stopped; the interface is gone' : 'agent stopped; tunnels stay up',
  );
  return why;
}
