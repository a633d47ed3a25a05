// Who sends a request: the address at the other end, or behind a trusted web server the address that it names
// last in X-Forwarded-For.

import type { IncomingMessage } from 'node:http';
import { lastForwarded, plainAddress } from '@mesh/host';

/** @param trustedProxies in the form of `plainAddress` */
export function sourceOf(
  { socket, headers }: Pick<IncomingMessage, 'socket' | 'headers'>,
  trustedProxies: ReadonlySet<string>,
): string {
  const peer = plainAddress(socket.remoteAddress ?? 'unknown');
  return trustedProxies.has(peer) ? (lastForwarded(headers['x-forwarded-for']) ?? peer) : peer;
}
