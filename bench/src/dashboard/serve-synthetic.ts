// Serves the built dashboard, and in the place of a controller a mesh that does not exist.

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { parseMeshId } from '@mesh/primitives';
import type { LiveState, SessionView } from '@mesh/protocol';
import { someReports, wholeMesh } from './synthetic-mesh.ts';

/** As often as a controller looks. */
const EVERY_MS = 500;
/** Every node reports within this time. */
const ROUND_MS = 30_000;
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
};

const SESSION: SessionView = {
  key_id: '0000000000000000',
  name: 'a benchmark',
  role: 'viewer',
  mesh_id: parseMeshId('synthetic'),
  ends_at: '2100-01-01T00:00:00Z',
  idle_seconds: 3_600,
};

export interface SyntheticServer extends AsyncDisposable {
  readonly url: string;
}

/** @param folder the built dashboard @param size how many nodes the mesh has */
export async function serveSynthetic(folder: string, size: number): Promise<SyntheticServer> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    if (pathname === '/v1/admin/live') stream(response, size);
    else if (pathname === '/dashboard/session') response.end(JSON.stringify({ session: SESSION }));
    else serveFile(response, folder, pathname.replace(/^\/dashboard\//, '') || 'index.html');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/dashboard/`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function serveFile(response: ServerResponse, folder: string, name: string): void {
  try {
    const bytes = readFileSync(join(folder, name));
    response.setHeader('content-type', TYPES[extname(name)] ?? 'image/svg+xml');
    response.end(bytes);
  } catch {
    response.statusCode = 404;
    response.end();
  }
}

function stream(response: ServerResponse, size: number): void {
  response.setHeader('content-type', 'text/event-stream');
  const send = (state: LiveState) => response.write(`event: state\ndata: ${JSON.stringify(state)}\n\n`);
  send(wholeMesh(size, Date.now()));
  const count = Math.ceil((size * EVERY_MS) / ROUND_MS);
  let first = 0;
  const timer = setInterval(() => {
    send(someReports(size, first, count, Date.now()));
    first = (first + count) % size;
  }, EVERY_MS);
  response.once('close', () => clearInterval(timer));
}
