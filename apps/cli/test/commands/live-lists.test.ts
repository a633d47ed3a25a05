// nodes list with filters, events, and top.

import { STREAM_MEDIA_TYPE } from '@mesh/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { composePorts } from '../../src/compose.ts';
import { CliError } from '../../src/errors/cli-error.ts';
import { run } from '../../src/run.ts';
import { epochAnswer, HOSTILE, limitedNode, logPage, nodeA, nodeWithLongName } from '../support/fixtures.ts';
import { meshctlHere } from '../support/meshctl.ts';
import { type Reply, SocketServer } from '../support/socket-server.ts';

const controller = new SocketServer();
beforeAll(() => controller.open());
afterAll(() => controller.close());
const runHere = (...args: string[]) => meshctlHere(args, { socket: controller.path });

const figures = { received: 1_234_567, sent: 800, loss: 0.05, rtt_ms: 12.34, without_answer: 2 };
const tunnels = { count: 3, without_handshake: 1, oldest_handshake_ms: 65_000, figures };
const nodes = [nodeA, nodeWithLongName, { ...limitedNode, tunnels }];
const epoch = { ...epochAnswer, server_time_ms: Date.parse('2026-01-05T12:35:30.000Z') };
const mesh: Record<string, Reply> = {
  'GET /v1/nodes': { body: { nodes } },
  'GET /v1/epoch': { body: epoch },
};
const idsIn = (text: string) => [...text.matchAll(/^(node-\w|a-node\S+) /gm)].map(([, id]) => id);

/** On a terminal, until the second look. */
async function onTerminal(columns: number, ...args: string[]) {
  const out: string[] = [];
  await run(args, {
    ...composePorts(),
    colours: false,
    screen: () => ({ columns, rows: 5 }),
    writeOut: (text) => void out.push(text),
    writeError: () => undefined,
    wait: () => Promise.reject(new CliError('usage', 'interrupted')),
    env: { MESH_SOCKET: controller.path },
  });
  return out;
}

describe('nodes list', () => {
  it.each([
    [['--state', 'declining'], ['node-l']],
    [['--below', '0.9', '--class', 'default'], ['node-l']],
    [['--search', 'fd00'], ['a-node-with-a-longer-name']],
    [
      ['--state', 'in'],
      ['node-a', 'node-l'],
    ],
  ])('%j', async (args, ids) => {
    controller.answer(mesh);
    const { exitCode, stdout } = await runHere('nodes', 'list', ...args);
    expect({ exitCode, ids: idsIn(stdout) }).toEqual({ exitCode: 0, ids });
    const json = JSON.parse((await runHere('--json', 'nodes', 'list', ...args)).stdout) as typeof mesh;
    expect(json.nodes).toHaveLength(ids.length);
  });

  it('says so when no node fits, and does not send the operator to tokens', async () => {
    controller.answer(mesh);
    expect(await runHere('nodes', 'list', '--class', 'none')).toMatchObject({
      exitCode: 0,
      stdout: 'no node fits\n',
    });
  });

  it.each([
    ['--state', 'fine'],
    ['--below', '1.5'],
    ['--below', 'low'],
    ['--every', '2'],
  ])('%s %s is refused before anything is asked', async (...args) => {
    controller.answer(mesh);
    expect((await runHere('nodes', 'list', ...args)).exitCode).toBe(2);
    expect(controller.seen).toEqual([]);
  });

  it('fits the terminal, without cutting ids, and is cut nowhere else', async () => {
    controller.answer(mesh);
    const [text = ''] = await onTerminal(120, 'nodes', 'list');
    const lines = text.trimEnd().split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(120);
    expect(text).toContain('…');
    expect(idsIn(text)).toEqual(['node-a', 'a-node-with-a-longer-name', 'node-l']);
    expect((await runHere('nodes', 'list')).stdout).not.toContain('…');
  });
});

describe('events', () => {
  const routine = { index: 250, entry: { ...logPage.entries[0]?.entry, type: 'benchmark_accepted' } };
  const page = { ...logPage, size: 251, next: 251, entries: [...logPage.entries, routine] };
  const start: Record<string, Reply> = {
    'GET /v1/log/entries?from=0&limit=1': { body: page },
    'GET /v1/log/entries?from=0&limit=1000': { body: page },
  };

  it('are lines with sentences, without what comes every minute', async () => {
    controller.answer(start);
    const { stdout } = await runHere('events');
    expect(stdout).toMatch(/^2026-01-05T12:34:50\.123Z {5}248 {2}node-c was cut: .*\n.* 249 .*\n$/);
    expect((await runHere('events', '--all')).stdout).toMatch(/ 250 {2}a result of node-c was accepted\n$/);
    expect((await runHere('events', '--limit', '1')).stdout.trimEnd().split('\n')).toHaveLength(1);
    expect(JSON.parse((await runHere('--json', 'events')).stdout)).toMatchObject({
      schema_version: 1,
      events: [{ index: 248, type: 'node_denied', node_id: 'node-c' }, { index: 249 }],
    });
  });

  it('go on with --follow, one line each, until the controller refuses', async () => {
    const later = [
      {
        index: 251,
        entry: { type: 'node_left', node_id: 'node-c', at: '2026-01-05T12:36:00.000Z', data: {} },
      },
      { index: 252, entry: { type: 'endpoint_reported', node_id: 'node-c', at: 'x', data: {} } },
      { index: 253, entry: { type: HOSTILE, node_id: HOSTILE, at: HOSTILE, data: {} } },
      { next: 254 },
    ];
    const body = { type: 'x', title: 'x', status: 403, code: 'forbidden', detail: 'no more' };
    const followed: Record<string, Reply> = {
      ...start,
      'GET /v1/log/entries?from=251&follow=1': {
        headers: { 'content-type': STREAM_MEDIA_TYPE },
        text: later.map((line) => `${JSON.stringify(line)}\n`).join(''),
      },
      'GET /v1/log/entries?from=254&follow=1': { status: 403, body },
    };
    controller.answer(followed);
    const { exitCode, stdout } = await runHere('events', '--follow', '--limit', '0');
    expect(exitCode).toBe(1);
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toBe('2026-01-05T12:36:00.000Z     251  node-c left the mesh');
    expect(lines).toHaveLength(2);
    expect(stdout.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    const json = await runHere('events', '--follow', '--limit', '0', '--json');
    const documents = json.stdout.trimEnd().split('\n');
    expect(documents.map((line) => (JSON.parse(line) as { index: number }).index)).toEqual([251, 253]);
  });
});

describe('top', () => {
  it('--once shows the worst first', async () => {
    controller.answer(mesh);
    const { exitCode, stdout } = await runHere('top', '--once');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^2026-01-05T12:35:30\.000Z {2}3 of 3 nodes by score\nNODE /);
    expect(idsIn(stdout)).toEqual(['node-l', 'node-a', 'a-node-with-a-longer-name']);
    expect(stdout).toMatch(/^node-l +ALLOWED +0\.740 +3, 1 silent +1 min 5 s ago +30 s ago +2 Mbit/m);
    expect(idsIn((await runHere('top', '--once', '--sort', 'seen', '--limit', '1')).stdout)).toEqual([
      'a-node-with-a-longer-name',
    ]);
  });

  it.each(['traffic', 'rtt', 'loss'])('--sort %s shows what the tunnels carry and how', async (order) => {
    controller.answer(mesh);
    const { stdout } = await runHere('top', '--once', '--sort', order);
    expect(idsIn(stdout)[0]).toBe('node-l');
    expect(stdout).toMatch(/^NODE +MEMBERSHIP +TUNNELS +RECEIVES +SENDS +RTT +LOSS +REASON$/m);
    expect(stdout).toMatch(
      /^node-l +ALLOWED +3, 1 silent +1\.23 MB\/s +800 B\/s +12\.3 ms +5 %, 2 without answer +\S/m,
    );
    expect(stdout).toMatch(/^node-a +ALLOWED +- +- +- +- +- +\S/m);
  });

  it('--json is one document with the version of its schema, at most as many as asked', async () => {
    controller.answer(mesh);
    const { stdout } = await runHere('top', '--once', '--json', '--limit', '1');
    expect(JSON.parse(stdout)).toMatchObject({
      ...{ schema_version: 1, sort: 'score', total: 3, nodes: [{ node_id: 'node-l', tunnels }] },
    });
  });

  it('is live on a terminal, with as many nodes as fit it', async () => {
    controller.answer(mesh);
    const [screen = ''] = await onTerminal(100, 'top');
    expect(screen.startsWith('\u001b[H')).toBe(true);
    expect(screen.split('\n')).toHaveLength(5);
    expect(screen).toContain('2 of 3 nodes by score');
  });
});
