// Decides about every new connection before its TLS handshake, which costs CPU: how many may be open, in
// total and from one address (IPv6: from one /64), and how fast an address may open them. A trusted proxy
// says first for whom it connects, and that address is counted.

import type { Server, Socket } from 'node:net';
import { networkOf, type Timers } from '@mesh/host';
import type { ConnectionPace } from '../gate/connection-pace.ts';
import type { FloodWatch } from '../gate/flood-watch.ts';
import { readProxyHeader } from '../gate/proxy-header.ts';
import type { SourceAddresses } from '../gate/source-addresses.ts';
import type { TrustedProxies } from '../gate/trusted-proxies.ts';

/** How long a trusted proxy may take to say for whom it connects. */
const HEADER_WITHIN_MS = 5_000;

export interface ConnectionLimits {
  readonly total: number;
  readonly perAddress: number;
  readonly pace: ConnectionPace;
  readonly proxies: TrustedProxies;
  readonly sources: SourceAddresses;
  readonly flood: FloodWatch;
  readonly timers: Timers;
}

export function admitConnections(server: Server, limits: ConnectionLimits): void {
  const { total, perAddress, pace, proxies, sources, flood, timers } = limits;
  const open = new Map<string, number>();
  // TLS makes its state for a connection as soon as it is told of it, even of one that is destroyed already.
  const handshakes = server.listeners('connection') as ((socket: Socket) => void)[];
  server.removeAllListeners('connection');
  server.maxConnections = total;
  const admit = (socket: Socket, source: string): void => {
    const network = networkOf(source);
    const count = (open.get(network) ?? 0) + 1;
    if (count > perAddress || !pace.admit(network)) {
      flood.count(count > perAddress ? 'connections_open' : 'connection_rate', network);
      socket.destroy();
      return;
    }
    open.set(network, count);
    socket.once('close', () => {
      const left = (open.get(network) ?? 1) - 1;
      if (left > 0) open.set(network, left);
      else open.delete(network);
    });
    for (const handshake of handshakes) handshake.call(server, socket);
  };
  server.on('connection', (socket: Socket) => {
    const address = sources.of(socket);
    if (address === undefined) socket.destroy();
    else if (proxies.tells(address) !== 'proxy_protocol') admit(socket, address);
    else
      readHeader(socket, timers, (source) => {
        if (source === 'none') {
          flood.count('proxy_header', networkOf(address));
          socket.destroy();
          return;
        }
        if (source !== undefined) sources.name(socket, source);
        admit(socket, source ?? address);
      });
  });
  server.on('drop', () => flood.count('connections_open'));
  server.on('tlsClientError', (_error: Error, socket: Socket) => {
    flood.count('tls_handshake', networkOf(sources.of(socket) ?? 'unknown'));
  });
}

/**
 * Reads a header of the PROXY protocol and leaves what follows it unread.
 * @param done gets the address that it names, undefined if it names none, or `none` if there is no header in
 *   time
 */
function readHeader(socket: Socket, timers: Timers, done: (source: string | undefined) => void): void {
  let received = Buffer.alloc(0);
  const end = (source: string | undefined): void => {
    cancel();
    socket.off('readable', read);
    socket.off('error', ended);
    socket.off('close', ended);
    done(source);
  };
  const ended = (): void => end('none');
  const read = (): void => {
    const chunk = socket.read() as Buffer | null;
    if (chunk === null) return;
    received = Buffer.concat([received, chunk]);
    const header = readProxyHeader(received);
    if (header.kind === 'invalid') ended();
    if (header.kind !== 'header') return;
    const rest = received.subarray(header.lengthBytes);
    if (rest.length > 0) socket.unshift(rest);
    end(header.source);
  };
  const cancel = timers.setTimer(HEADER_WITHIN_MS, ended, { background: true });
  socket.on('error', ended);
  socket.on('close', ended);
  socket.on('readable', read);
}
