// Closes a server without cutting off the answers that it is giving.

import type { Server as HttpServer } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import type { Timers } from './clock.ts';

/** How long requests that are being answered may delay the closing of their listener. */
const CLOSE_WITHIN_MS = 5_000;

/**
 * @returns a function that closes the server: it accepts no more connections, gives the unfinished answers a
 *   few seconds, and then ends all connections
 */
export function closerOf(server: HttpServer | HttpsServer, timers: Timers): () => Promise<void> {
  let underWay = 0;
  let onIdle = (): void => {};
  server.on('request', (_request, response) => {
    underWay += 1;
    response.once('close', () => {
      underWay -= 1;
      if (underWay === 0) onIdle();
    });
  });
  return () =>
    new Promise((resolve) => {
      const end = (): void => server.closeAllConnections();
      const cancel = timers.setTimer(CLOSE_WITHIN_MS, end, { background: true });
      server.close(() => {
        cancel();
        resolve();
      });
      onIdle = end;
      if (underWay === 0) end();
    });
}
