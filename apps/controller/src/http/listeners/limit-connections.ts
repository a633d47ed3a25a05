// Limits how many connections may be open, in total and from one address (IPv6: from one /64). A connection
// above the limit is closed before its TLS handshake, which would cost CPU time.

import type { Server, Socket } from 'node:net';
import { networkOf } from '../gate/address-rate-limit.ts';

export interface ConnectionLimits {
  readonly total: number;
  readonly perAddress: number;
}

export function limitConnections(server: Server, { total, perAddress }: ConnectionLimits): void {
  const open = new Map<string, number>();
  server.maxConnections = total;
  server.prependListener('connection', (socket: Socket) => {
    const network = networkOf(socket.remoteAddress ?? 'unknown');
    const count = (open.get(network) ?? 0) + 1;
    open.set(network, count);
    socket.once('close', () => {
      const left = (open.get(network) ?? 1) - 1;
      if (left > 0) open.set(network, left);
      else open.delete(network);
    });
    if (count > perAddress) socket.destroy();
  });
}
