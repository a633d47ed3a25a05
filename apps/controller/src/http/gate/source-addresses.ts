// For whom a connection was opened: the address at its other end, or behind a trusted proxy the address that
// the proxy named.

import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { lastForwarded, plainAddress } from '@mesh/host';
import type { TrustedProxies } from './trusted-proxies.ts';

export class SourceAddresses {
  readonly #proxies: TrustedProxies;
  /**
   * By the addresses and ports of both ends, which distinguish open connections: a proxy may use one port of
   * its own for connections to both doors. A TLS socket and the TCP socket below it have all four in common.
   */
  readonly #named = new Map<string, string>();

  constructor(proxies: TrustedProxies) {
    this.#proxies = proxies;
  }

  /** Remembers what a proxy said about a connection, until the connection ends. */
  name(socket: Socket, source: string): void {
    const key = endsOf(socket);
    this.#named.set(key, source);
    socket.once('close', () => this.#named.delete(key));
  }

  /** @returns undefined for a connection that has ended */
  of(socket: Socket): string | undefined {
    const { remoteAddress } = socket;
    if (remoteAddress === undefined) return undefined;
    return (
      (this.#named.size > 0 ? this.#named.get(endsOf(socket)) : undefined) ?? plainAddress(remoteAddress)
    );
  }

  /** The same for a request on the public door, where some proxies name the source in a header. */
  ofRequest({ socket, headers }: Pick<IncomingMessage, 'socket' | 'headers'>): string | undefined {
    const source = this.of(socket);
    return source !== undefined && this.#proxies.tells(source) === 'x_forwarded_for'
      ? (lastForwarded(headers['x-forwarded-for']) ?? source)
      : source;
  }
}

const endsOf = ({ remoteAddress, remotePort, localAddress, localPort }: Socket): string =>
  `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`;
