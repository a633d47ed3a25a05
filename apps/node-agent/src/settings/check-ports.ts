// Checks that the UDP ports of this node (both WireGuard slots and the probe) differ from each other.

import type { ConfigIssue } from '@mesh/host';
import { slotPortsOf } from './advertised-endpoint.ts';
import type { AgentSettings } from './agent-settings.ts';

export function portIssues(settings: AgentSettings): readonly ConfigIssue[] {
  const issues: ConfigIssue[] = [];
  const { a, b } = slotPortsOf(settings);
  const given = [['listen_port_b'], ['listen_port']];
  if (a === b)
    issues.push({
      paths: given,
      message: `listen_port and listen_port_b are both ${a}: give each slot its own port`,
    });
  const { port } = settings.probe;
  if (port === a || port === b)
    issues.push({
      paths: [['probe', 'port'], ...given],
      message: `${port} is also the UDP port that WireGuard listens on (listen_port, and the one after it for the second slot): choose another`,
    });
  return issues;
}
