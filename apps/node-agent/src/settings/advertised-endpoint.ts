// Where the settings say that this node listens and under which addresses it is reached.

import type { AdvertisedEndpoint } from '@mesh/protocol';
import { AgentError } from '../agent-error.ts';
import type { AgentSettings } from './agent-settings.ts';

/** @throws AgentError `usage` */
export function endpointOf(settings: AgentSettings): AdvertisedEndpoint {
  const { listen_port: a, advertise } = settings;
  // Both slots' ports are always made known, so that the mesh can change to strict rotation.
  const b = settings.listen_port_b ?? (a === 65_535 ? a - 1 : a + 1);
  if (a === b) throw new AgentError('usage', 'listen_port and listen_port_b must differ');
  return { listen_ports: { a, b }, advertise };
}
