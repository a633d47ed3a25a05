// Listens on a unix socket that only its owner can open.

import type { Server } from 'node:net';

/**
 * Listens at `path` with mode 0600 from the start. Node binds inside `listen`, so the umask is set for that
 * call only. A later chmod would leave a gap in which others could connect.
 *
 * @throws the server's error if it cannot listen
 */
export function listenPrivate(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.once('listening', () => {
      server.off('error', reject);
      resolve();
    });
    const umask = process.umask(0o177);
    try {
      server.listen(path);
    } finally {
      process.umask(umask);
    }
  });
}
