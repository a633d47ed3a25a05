// Which proxies may say for whom they connect, and how they say it. Nobody else is believed.

import { type BlockList, isIP } from 'node:net';
import { plainAddress } from '@mesh/host';
import { networkListOf } from '../../settings/proxy-address.ts';

/**
 * `proxy_protocol`: a header of the PROXY protocol before the TLS handshake, on both TLS doors.
 * `x_forwarded_for`: an HTTP header, on the public door only. A proxy that ends TLS cannot serve the nodes
 * door, because it has no node's key.
 */
export type ProxyTells = 'proxy_protocol' | 'x_forwarded_for';

export interface TrustedProxy {
  /** An address, or a network as ADDRESS/LENGTH. */
  readonly address: string;
  readonly tells: ProxyTells;
}

export class TrustedProxies {
  readonly #lists: readonly { readonly tells: ProxyTells; readonly list: BlockList }[];

  /** @throws Error for an address that is not one */
  constructor(proxies: readonly TrustedProxy[]) {
    this.#lists = proxies.map(({ address, tells }) => ({ tells, list: networkListOf(address) }));
  }

  /** @returns undefined for an address that is no trusted proxy's */
  tells(address: string): ProxyTells | undefined {
    if (this.#lists.length === 0) return undefined;
    const plain = plainAddress(address);
    const family = isIP(plain);
    if (family === 0) return undefined;
    return this.#lists.find(({ list }) => list.check(plain, family === 4 ? 'ipv4' : 'ipv6'))?.tells;
  }
}
