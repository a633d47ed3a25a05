// Is an agent running, and what does it say of itself?

import { AgentError } from '../errors/agent-error.ts';
import type { AgentStatus } from '../status/agent-status.ts';
import { type Finding, failed, ok, skipped, warning } from './finding.ts';

/** @throws what `ask` throws, except that no agent is running */
export async function checkAgent(ask: () => Promise<AgentStatus>): Promise<Finding> {
  let status: AgentStatus;
  try {
    status = await ask();
  } catch (error) {
    if (error instanceof AgentError && error.code === 'not_running') return skipped('no agent is running');
    throw error;
  }
  const { tunnel_failure: tunnel, measurement_failure: measuring, other_instance: other } = status;
  if (tunnel !== null) return failed(`its tunnel has been failing since ${tunnel.since}: ${tunnel.message}`);
  if (other !== null)
    return failed('a second agent runs with this identity: stop one, and enrol it under its own name');
  if (measuring !== null)
    return warning(`its measuring has been failing since ${measuring.since}: ${measuring.message}`);
  return ok(`process ${status.pid} runs as ${status.node_id}`);
}
