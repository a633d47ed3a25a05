// An agent that does not adopt an existing interface, but makes it again.

import type { WireguardInterface } from '../../packages/wg-device/src/port/wireguard-interface.ts';
import {
  createWireguardGoInterface as create,
  type WireguardGoOptions,
} from '../../packages/wg-device/src/uapi/wireguard-go-process.ts';

export * from '../../packages/wg-device/src/uapi/wireguard-go-process.ts';

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
