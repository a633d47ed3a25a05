// Who sends a request: the address at the other end, or behind a trusted web server the address that it names
// last in X-Forwarded-For. The sender may have written those before it.

import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { plainAddress } from '@mesh/host';

export function sourceOf(
  { socket, headers }: Pick<IncomingMessage, 'socket' | 'headers'>,
  trustedProxies: ReadonlySet<string>,
): string {
  const peer = plainAddress(socket.remoteAddress ?? 'unknown');
  if (!trustedProxies.has(peer)) return peer;
  const last = [headers['x-forwarded-for'] ?? []].flat().at(-1)?.split(',').at(-1)?.trim();
  return last === undefined || isIP(last) === 0 ? peer : plainAddress(last);
}
