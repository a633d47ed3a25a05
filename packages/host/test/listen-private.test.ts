// A private socket has the right mode as soon as it is bound.

import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { listenPrivate } from '../src/index.ts';

it('is bound with mode 0600 under any umask, and the umask stays as it was', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'listen-'));
  const path = join(dir, 's.sock');
  const before = process.umask(0);
  const server = createServer();
  onTestFinished(() => {
    process.umask(before);
    server.close();
    rmSync(dir, { recursive: true, force: true });
  });
  const listening = listenPrivate(server, path);
  expect(statSync(path).mode & 0o777).toBe(0o600); // bound before the call returns
  await listening;
  expect(process.umask()).toBe(0);
});
