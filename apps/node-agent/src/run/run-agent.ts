// Runs an agent: starts and ends its tasks together (engine, uplink, measuring, probing and the others).
// wire-agent.ts connects the parts, and compose.ts builds the real ones.

import { LogField, type Own, owning } from '@mesh/host';
import type { ControlHandlers } from '../control/control-server.ts';
import { pingPeer } from '../control/ping-peer.ts';
import { agentMetrics } from '../status/agent-metrics.ts';
import { buildStatus } from '../status/build-status.ts';
import type { AgentParts } from './agent-parts.ts';
import { Signal } from './agent-signals.ts';
import { agentTasks } from './agent-tasks.ts';
import { Departure } from './departure.ts';
import { type WiredAgent, wireAgent } from './wire-agent.ts';

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
  const stop = new AbortController();
  const ended = AbortSignal.any([signal, stop.signal]);
  const agent = await wireAgent(parts, own);
  // No task begins before the control socket is open: a start that fails there leaves the interface as it is.
  const opened = new Signal();
  const whenOpen = new Promise<void>((resolve) => opened.listen(resolve));
  const engineDone = whenOpen.then(() => agent.engine.run(ended));
  const departure = new Departure({
    parts,
    agent,
    stopTasks: () => {
      stop.abort();
      return engineDone;
    },
  });
  const handlers = controlHandlers(parts, agent, departure);
  const control = await parts.serveControl(handlers);
  own(() => control.close());
  const metrics = await parts.serveMetrics(async () =>
    agentMetrics(await handlers.status(), agent.record.counts, {
      version: parts.version,
      perPeer: parts.options.metricsPerPeer,
    }),
  );
  own(() => metrics?.close());
  const tasks = [engineDone, ...agentTasks(parts, agent).map((task) => whenOpen.then(() => task(ended)))];
  opened.emit();
  // If a task fails, the others end before anything that they use is closed.
  own(async () => {
    stop.abort();
    await Promise.allSettled(tasks);
  });
  noteStart(parts, agent);
  await Promise.all(tasks);
  return noteEnd(parts, departure);
}

function controlHandlers(parts: AgentParts, agent: WiredAgent, departure: Departure): ControlHandlers {
  const { engine, prober, reporter, examiner, record, log, keyChanges } = agent;
  return {
    status: () =>
      buildStatus({
        instanceId: parts.instanceId,
        pid: parts.pid,
        publicKey: parts.keys.wireguard.a.publicKey,
        tunnelKind: parts.tunnelKind,
        enrolment: parts.enrolment,
        engine,
        hostRules: parts.hostRules,
        prober,
        reporter,
        examiner,
        record,
        log,
        journal: parts.journal,
        clock: parts.clock,
        controllerClock: parts.controllerClock,
      }),
    down: () => departure.begin(),
    ping: (peerId, count) => pingPeer(engine, prober, peerId, count),
    rotateKeys: (ask) => keyChanges.begin(ask),
    acceptLogHead: (head) => agent.acceptLogHead(head),
  };
}

function noteStart(
  { enrolment, journal, instanceId, version, logger }: AgentParts,
  { engine, measuring }: WiredAgent,
): void {
  const { mesh_id: meshId, node_id: nodeId } = enrolment.current;
  journal.record({ type: 'started', instanceId, version });
  logger.info(
    {
      [LogField.nodeId]: nodeId,
      [LogField.meshId]: meshId,
      [LogField.interfaceName]: engine.tunnel.interfaceName,
    },
    'agent started',
  );
  if (measuring === undefined) logger.warn('no measurement source is set: this node will not be admitted');
}

/** Waits for a departure that is under way. @returns why the agent ended */
async function noteEnd({ journal, logger }: AgentParts, { answer }: Departure): Promise<'signal' | 'down'> {
  const why = answer === undefined ? 'signal' : 'down';
  await answer?.catch((error: unknown) =>
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
