// An agent that never adopts an existing interface, but makes it again.

import {
  createWireguardGoInterface as create,
  type WireguardGoOptions,
} from '../../apps/node-agent/src/tunnel/wireguard-go-process.ts';
import type { WireguardInterface } from '../../apps/node-agent/src/tunnel/wireguard-interface.ts';

export function createWireguardGoInterface(options: WireguardGoOptions): WireguardInterface {
  const inner = create(options);
  let isOurs = false;
  return {
    ...inner,
    ensure: async () => {
      if (!isOurs) await inner.remove();
      isOurs = true;
      return inner.ensure();
    },
  };
}
