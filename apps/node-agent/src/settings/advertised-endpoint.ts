// The ports on which this node listens and the addresses at which peers reach it, from its settings.

import type { AdvertisedEndpoint } from '@mesh/protocol';
import type { AgentSettings } from './agent-settings.ts';

export function endpointOf(settings: AgentSettings): AdvertisedEndpoint {
  // The ports of both slots are always announced, so that the mesh can change to strict rotation.
  return { listen_ports: slotPortsOf(settings), advertise: settings.advertise };
}

/** In loaded settings the two ports differ. */
export function slotPortsOf({ listen_port: a, listen_port_b }: AgentSettings): {
  readonly a: number;
  readonly b: number;
} {
  return { a, b: listen_port_b ?? (a === 65_535 ? a - 1 : a + 1) };
}
