// Mechanisms that keep more than one claim, and how they are switched off.

import type { Mechanism } from './scenario.ts';

export const REMOVAL: Mechanism = {
  about: 'agents keep the peers that they are told to remove',
  agents: [
    {
      module: 'packages/wg-device/src/device/device-tunnel.ts',
      replacedBy: 'e2e/faults/tunnel-keeps-peers.ts',
    },
    {
      module: 'apps/node-agent/src/guard/guard-keeper.ts',
      replacedBy: 'e2e/faults/guard-keeps-peers.ts',
    },
  ],
};

export const ADOPTION: Mechanism = {
  about: 'agents make existing interfaces again instead of adopting them',
  agents: [
    {
      module: 'packages/wg-device/src/uapi/wireguard-go-process.ts',
      replacedBy: 'e2e/faults/interface-made-again.ts',
    },
  ],
};
