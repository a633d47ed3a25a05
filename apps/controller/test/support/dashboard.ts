// The dashboard's door as a browser comes to it, by hand.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import type { LiveState } from '@mesh/protocol';
import { onTestFinished } from 'vitest';
import type { TestController } from './index.ts';
import { publicFetch, rawConnection } from './network-admin.ts';

export const SCRIPT = 'console.log("a script");\n'.repeat(100);

/** A folder as the build of the dashboard makes one, with little in it, for one test. */
export function smallDashboard(): string {
  const folder = makeSmallDashboard();
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The same; the caller removes it. */
export function makeSmallDashboard(): string {
  const folder = mkdtempSync(join(tmpdir(), 'mesh-dashboard-'));
  mkdirSync(join(folder, 'assets'));
  writeFileSync(join(folder, 'index.html'), '<!doctype html><title>small</title>');
  writeFileSync(join(folder, 'assets', 'index-1a2b.js'), SCRIPT);
  writeFileSync(join(folder, 'assets', 'index-1a2b.js.br'), brotliCompressSync(SCRIPT));
  writeFileSync(join(folder, 'assets', 'index-1a2b.js.gz'), gzipSync(SCRIPT));
  writeFileSync(join(folder, 'notes.txt'), 'no file of a page');
  return folder;
}

export const OWN_PAGE = { 'mesh-dashboard': 'user', 'sec-fetch-site': 'same-origin' } as const;

export interface Visit {
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object;
}

/** Asks the public listener, with JSON if there is a body. */
export type Visitor = (path: string, visit?: Visit) => Promise<Response>;

/** @param fetch at the public listener; by default one that is closed when the test has finished */
export function visitor(controller: TestController, fetch = publicFetch(controller)): Visitor {
  return (path: string, { method = 'GET', headers = {}, body } = {}) =>
    fetch(`${controller.publicUrl}${path}`, {
      method,
      headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
}

/** Signs in, and returns the cookie as a browser sends it. */
export async function signIn(
  controller: TestController,
  key: string,
  ask = visitor(controller),
): Promise<string> {
  const answer = await ask('/dashboard/session', {
    method: 'POST',
    headers: OWN_PAGE,
    body: { key },
  });
  if (answer.status !== 200) throw new Error(`signing in: ${answer.status} ${await answer.text()}`);
  return (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
}

export interface LiveEvent {
  readonly id: string | undefined;
  readonly state: LiveState;
}

/** Opens the live stream. `events` is what has come so far. */
export async function openLive(controller: TestController, headers: Readonly<Record<string, string>>) {
  const raw = await rawConnection(controller);
  const lines = Object.entries({ host: 'x', accept: 'text/event-stream', ...headers });
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  raw.socket.write(`GET /v1/admin/live HTTP/1.1\r\n${head}\r\n`);
  const events = (): LiveEvent[] =>
    [...raw.heard.text.matchAll(/(?:^id: (\S+)\n)?^event: state\ndata: (.*)\n/gm)].map(([, id, data]) => ({
      id,
      state: JSON.parse(data ?? '') as LiveState,
    }));
  return { ...raw, events };
}
