// meshctl audit tail --follow, while the controller is killed, stopped, starting and restored: every entry is
// shown once, in order.

import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { problem, STREAM_MEDIA_TYPE } from '@mesh/protocol';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { composePorts } from '../../src/compose.ts';
import { run } from '../../src/run.ts';
import { logPage } from '../support/fixtures.ts';

let folder: string;
let server: Server | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'meshctl-follow-'));
});
afterEach(async () => {
  await stop();
  rmSync(folder, { recursive: true, force: true });
});

const socket = () => join(folder, 'admin.sock');
const entryOf = (index: number) => ({ index, entry: { ...logPage.entries[0]?.entry, index } });
const lineOf = (value: object) => `${JSON.stringify(value)}\n`;

/** Answers a query that follows the log, from an index on. */
type Follow = (response: ServerResponse, from: number) => void;

/** Serves a log of so many entries. */
async function serve(size: number, follow: Follow): Promise<void> {
  const made = createServer((request, response) => {
    const query = new URL(request.url ?? '', 'http://localhost').searchParams;
    const from = Number(query.get('from'));
    if (query.get('follow') === '1') return follow(response, from);
    const indices = Array.from({ length: size - from }, (_, at) => from + at);
    const entries = indices.slice(0, Number(query.get('limit'))).map(entryOf);
    const next = from + entries.length;
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ size, root_hash: logPage.root_hash, entries, next }));
  });
  await new Promise<void>((resolve) => made.listen(socket(), resolve));
  server = made;
}

async function stop(): Promise<void> {
  const ended = server;
  server = undefined;
  ended?.closeAllConnections();
  await new Promise((resolve) => (ended === undefined ? resolve(undefined) : ended.close(resolve)));
}

const begin = (response: ServerResponse) => response.writeHead(200, { 'content-type': STREAM_MEDIA_TYPE });
/** The entries up to here, and then the connection breaks off, in the middle of a line. */
const killedAt =
  (end: number): Follow =>
  (response, from) => {
    begin(response);
    for (let index = from; index < end; index++) response.write(lineOf(entryOf(index)));
    response.write(lineOf(entryOf(end)).slice(0, 30), () => {
      void stop();
    });
  };
const refusedWith =
  (status: number, code: 'not_ready' | 'forbidden'): Follow =>
  (response) => {
    response.writeHead(status, { 'content-type': 'application/problem+json', 'retry-after': '7' });
    response.end(JSON.stringify(problem(code, 'a reason')));
  };
const endingAt =
  (end: number): Follow =>
  (response, from) => {
    begin(response);
    for (let index = from; index < end; index++) response.write(lineOf(entryOf(index)));
    response.end(lineOf({ next: end }));
  };

/** @param steps what happens while it waits, one for each wait */
async function follow(steps: readonly (() => Promise<void> | void)[]) {
  const [out, errors, waits] = [[] as string[], [] as string[], [] as number[]];
  const exitCode = await run(['--json', 'audit', 'tail', '--follow', '--limit', '2'], {
    ...composePorts(),
    writeOut: (text) => void out.push(text),
    writeError: (text) => void errors.push(text),
    wait: async (ms) => {
      waits.push(ms);
      await steps[waits.length - 1]?.();
    },
    env: { MESH_SOCKET: socket() },
  });
  const shown = out.map((text) => (JSON.parse(text) as { index: number }).index);
  return { exitCode, shown, stderr: errors.join(''), waits };
}

it('goes on where a killed controller stopped when the next one answers: nothing twice, nothing left out', async () => {
  await serve(3, killedAt(5));
  const again: Follow = (response, from) => {
    if (from === 9) return refusedWith(403, 'forbidden')(response, from);
    (from === 5 ? endingAt(7) : endingAt(9))(response, from);
  };
  const { shown, waits, stderr } = await follow([() => undefined, () => undefined, () => serve(7, again)]);
  expect(shown).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  expect(waits).toEqual([250, 500, 1_000]);
  expect(stderr.match(/does not answer/g)).toHaveLength(1);
  expect(stderr).toContain('from entry 5 on');
  expect(stderr).toContain('answers again; going on at entry 5');
});

it('waits as long as a controller that is starting asks it to, and less again after it was there', async () => {
  let asked = 0;
  await serve(2, (response, from) => {
    asked += 1;
    if (asked === 2) return endingAt(3)(response, from);
    (asked === 4 ? refusedWith(403, 'forbidden') : refusedWith(503, 'not_ready'))(response, from);
  });
  const { shown, waits, exitCode } = await follow([]);
  expect(shown).toEqual([0, 1, 2]);
  expect(waits).toEqual([7_000, 7_000]);
  expect(exitCode).toBe(1);
});

it('waits longer and longer, and at most 15 seconds', async () => {
  await serve(1, killedAt(1));
  const nothing = Array.from({ length: 8 }, () => () => undefined);
  const { waits } = await follow([...nothing, () => serve(1, refusedWith(403, 'forbidden'))]);
  expect(waits).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000]);
});

it('ends at a log that is shorter than what was shown: it is another one', async () => {
  await serve(3, killedAt(5));
  const { shown, exitCode, stderr } = await follow([() => serve(4, endingAt(9))]);
  expect(shown).toEqual([1, 2, 3, 4]);
  expect(exitCode).toBe(1);
  expect(stderr).toContain('the log has 4 entries, and 5 were there before');
});

it.each([
  ['a controller that refuses', refusedWith(403, 'forbidden'), 1],
  ['what is no controller', (response: ServerResponse) => void response.writeHead(500).end('no'), 3],
] as const)('ends at once at %s', async (_what, answer, code) => {
  await serve(1, answer);
  const { exitCode, waits } = await follow([]);
  expect(exitCode).toBe(code);
  expect(waits).toEqual([]);
});

it('does not wait for a controller that was never there', async () => {
  const { exitCode, waits, stderr } = await follow([]);
  expect(exitCode).toBe(3);
  expect(waits).toEqual([]);
  expect(stderr).toContain('there is no socket');
});
