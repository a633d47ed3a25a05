// Where the settings say that this node listens and under which addresses it is reached.

import type { AdvertisedEndpoint } from '@mesh/protocol';
import type { AgentSettings } from './agent-settings.ts';

export function endpointOf(settings: AgentSettings): AdvertisedEndpoint {
  // Both slots' ports are always made known, so that the mesh can change to strict rotation.
  return { listen_ports: slotPortsOf(settings), advertise: settings.advertise };
}

/** They differ in settings that were loaded. */
export function slotPortsOf({ listen_port: a, listen_port_b }: AgentSettings): {
  readonly a: number;
  readonly b: number;
} {
  return { a, b: listen_port_b ?? (a === 65_535 ? a - 1 : a + 1) };
}
