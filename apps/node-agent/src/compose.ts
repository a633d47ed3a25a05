// Builds the real things and hands them to the parts that use them: what runs an agent, and what leaves the
// mesh where no agent is running. Real clocks, files, sockets and random numbers are taken here and in
// compose/, and by the journal's thread and the process that measures for themselves.

import { type Own, owning, systemClock } from '@mesh/host';
import { createNodeClient } from '@mesh/protocol';
import { agentOptionsOf } from './compose/agent-options.ts';
import { buildPlatform, type Platform } from './compose/build-platform.ts';
import { connectWith } from './compose/connections.ts';
import { openExaminer } from './compose/open-examiner.ts';
import { clearHost, openHost } from './compose/open-host.ts';
import { type LockedMember, lockMember, openSequences, openStorage } from './compose/open-storage.ts';
import type { DownAnswer } from './control/control-protocol.ts';
import { serveControl } from './control/control-server.ts';
import { serveMetrics } from './control/metrics-server.ts';
import { chooseSource } from './measure/choose-source.ts';
import type { AgentParts } from './run/agent-parts.ts';
import { runAgent } from './run/run-agent.ts';
import type { AgentSettings } from './settings/agent-settings.ts';
import { TEST_CLOCK_VARIABLE, withTestOffset } from './settings/test-clock.ts';
import { tryToAnnounceLeave } from './uplink/reports/announce-leave.ts';

export interface Composition {
  readonly settings: AgentSettings;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly insecureTestClock: boolean;
}

/**
 * Runs an agent until a signal or `down` ends it. Everything that it opens is closed, also where the start
 * fails.
 */
export function composeAndRun(composition: Composition, signal: AbortSignal): Promise<'signal' | 'down'> {
  return owning(async (own) => {
    const parts = await buildParts(composition, own);
    return signal.aborted ? 'signal' : await runAgent(parts, signal);
  });
}

async function buildParts({ settings, env, insecureTestClock }: Composition, own: Own): Promise<AgentParts> {
  const member = await lockMember(settings, own);
  const clock = withTestOffset(systemClock, env[TEST_CLOCK_VARIABLE], insecureTestClock);
  const platform = buildPlatform(settings, clock);
  const storage = await openStorage(member, platform, own);
  const host = await openHost(settings, platform, storage);
  return {
    ...platform,
    ...storage,
    ...host,
    connect: connectWith(member.keys.identity),
    source: chooseSource(settings.measure, platform),
    examiner: openExaminer(settings, platform, member.dir.exams),
    serveControl: (handlers) => serveControl(member.dir.controlSocket, handlers, platform.logger),
    serveMetrics: async (read) =>
      settings.metrics.port === undefined
        ? undefined
        : serveMetrics(settings.metrics.port, read, platform.logger),
    options: agentOptionsOf(settings, host.tunnelKind),
  };
}

/** `down` where no agent is running: says goodbye and removes what an earlier agent left on this host. */
export function composeAndLeave(settings: AgentSettings): Promise<DownAnswer> {
  return owning(async (own) => {
    const member = await lockMember(settings, own);
    const platform = buildPlatform(settings, systemClock, 'stderr');
    const failure = await sayGoodbye(member, platform, own);
    const interfaceName = await clearHost(settings, platform.logger);
    return { interface: interfaceName, leave_announced: failure === null, leave_failure: failure };
  });
}

/** @returns why the controller could not be told; null where it was told */
async function sayGoodbye(
  { dir, keys, enrolment }: LockedMember,
  platform: Platform,
  own: Own,
): Promise<string | null> {
  const connection = connectWith(keys.identity)(enrolment);
  own(() => connection.close());
  return tryToAnnounceLeave({
    enrolment,
    instanceId: platform.instanceId,
    client: createNodeClient({ baseUrl: enrolment.nodes_url, fetch: connection.fetch }, enrolment.node_id),
    sign: keys.identity.sign,
    sequences: await openSequences(dir, platform),
    controllerClock: platform.controllerClock,
  });
}
