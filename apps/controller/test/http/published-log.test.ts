// The published log over the sockets: what strangers, nodes and the configs of nodes see of it is one log,
// and it is the one that the keys of the enrolment answer sign.

import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  openCheckpoint,
  parseEntry,
  parseEntryBundle,
  parseVerifierKey,
  renderCheckpoint,
  renderTilePath,
  rootFromTiles,
  type Tile,
  tilesAfterGrowth,
} from '@mesh/audit';
import { decodeBase64 } from '@mesh/primitives';
import { routes } from '@mesh/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openNextEpoch, type TestNode } from '../support/index.ts';
import { fullConfig, type RunningMesh, runningMesh } from '../support/running-mesh.ts';

const folder = mkdtempSync(join(tmpdir(), 'mesh-log-'));
let mesh: RunningMesh;
let node: TestNode;
beforeAll(async () => {
  mesh = await runningMesh(['node-a', 'node-b'], { log: { folder } });
  node = mesh.node('node-a');
});
afterAll(async () => {
  await mesh[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

interface Answer {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: Buffer;
}

/** As any client of HTTP asks; the path goes out as it is. */
async function ask(path: string): Promise<Answer> {
  const request = get({
    host: '127.0.0.1',
    port: mesh.controller.running.publicPort,
    ca: mesh.controller.caPem,
    path,
    agent: false,
  });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    body: Buffer.concat(await response.toArray()),
  };
}

async function checkpoint() {
  const { log } = node.enrolment;
  if (log === undefined) throw new Error('the enrolment answer names no log');
  const { body } = await ask(routes.logCheckpoint);
  return openCheckpoint(body.toString(), {
    origin: log.origin,
    logKeys: log.verifier_keys.map(parseVerifierKey),
  });
}

describe('a stranger', () => {
  it('reads the whole log by its tiles, and comes to the root that both keys have signed', async () => {
    const opened = await checkpoint();
    expect(opened.checkpoint.origin).toBe('127.0.0.1/testmesh');
    expect(opened.signatures).toHaveLength(2);
    const { size, root } = opened.checkpoint;
    const read = new Map<string, Buffer>();
    const wanted: Tile[] = tilesAfterGrowth(0, size).flatMap((tile) =>
      tile.level === 0 ? [tile, { ...tile, level: 'entries' }] : [tile],
    );
    for (const tile of wanted) {
      const { status, headers, body } = await ask(`/v1/log/${renderTilePath(tile)}`);
      expect([status, headers['content-type']]).toEqual([200, 'application/octet-stream']);
      expect(headers['cache-control']).toBe('public, max-age=31536000, immutable');
      read.set(renderTilePath(tile), body);
    }
    const bytesOf = (tile: Tile) => read.get(renderTilePath(tile)) ?? new Uint8Array();
    expect(rootFromTiles(size, bytesOf)).toEqual(root);
    const entries = parseEntryBundle(bytesOf({ level: 'entries', index: 0, width: size }), size);
    expect(entries.map((bytes) => parseEntry(bytes).type)).toContain('benchmark_accepted');
    // What a benchmark measured is committed to, and not shown.
    expect(Buffer.concat(entries).toString()).not.toContain('0.9');
  });

  it('gets the checkpoint as text that is not kept for long', async () => {
    const { status, headers } = await ask(routes.logCheckpoint);
    expect([status, headers['content-type'], headers['cache-control']]).toEqual([
      200,
      'text/plain; charset=utf-8',
      'public, max-age=1',
    ]);
  });

  it('gets nothing that the newest head does not cover, although it is on disk', async () => {
    const { size } = (await checkpoint()).checkpoint;
    await node.submit(0.9);
    expect(mesh.controller.running.services.journal.head().size).toBeGreaterThan(size);
    for (const level of [0, 'entries'] as const) {
      expect((await ask(`/v1/log/${renderTilePath({ level, index: 0, width: size })}`)).status).toBe(200);
      const behind = await ask(`/v1/log/${renderTilePath({ level, index: 0, width: size + 1 })}`);
      expect([behind.status, JSON.parse(behind.body.toString())]).toMatchObject([404, { code: 'not_found' }]);
    }
  });

  it.each([
    'tile/0/001',
    'tile/0/0',
    'tile/0/000.p/0',
    'tile/0/000.p/256',
    'tile/00/000',
    'tile/64/000',
    'tile/1/000.p/1',
    'tile/entries/x001/000',
    'tile/0/../../ca',
    'tile/0/000.p/1/',
    `tile/0/${'x000/'.repeat(99)}000`,
    'entries',
  ])('gets 404 for %s', async (path) => {
    expect((await ask(`/v1/log/${path}`)).status).toBe(404);
  });
});

describe('a node', () => {
  it('has the published head in its config, with whose origin it is the text of the checkpoint', async () => {
    await openNextEpoch(mesh.controller);
    await mesh.clock.advance(1_000);
    const { log_head } = await fullConfig(node);
    const { text } = await checkpoint();
    expect(text).toBe(
      renderCheckpoint({
        origin: node.enrolment.log?.origin ?? '',
        size: log_head.size,
        root: decodeBase64(log_head.root_hash),
        extensions: [],
      }),
    );
    const before = log_head.size;
    await mesh.node('node-b').submit(0.9);
    expect((await fullConfig(node)).log_head.size).toBe(before);
  });

  it('gets a proof of the head from the size that it names, and the log if it asks, and neither otherwise', async () => {
    const ask = (query: { readonly logSize?: number; readonly asksForLog?: boolean }) =>
      node.client.configOrNotice({ instanceId: node.instanceId, ...query });
    const { size } = (await checkpoint()).checkpoint;
    const proved = (await ask({ logSize: 1, asksForLog: true }))?.body;
    expect(proved).toMatchObject({ log_proof: { signatures: [{}, {}].map(() => expect.any(String)) } });
    expect(proved).toMatchObject({ log: node.enrolment.log, log_head: { size } });
    for (const query of [{}, { logSize: size }]) {
      const { body } = (await ask(query)) ?? {};
      expect(body).toMatchObject({ log_head: { size } });
      expect([Object.hasOwn(body ?? {}, 'log_proof'), Object.hasOwn(body ?? {}, 'log')]).toEqual([
        false,
        false,
      ]);
    }
  });

  it('reads the same log over its own listener', async () => {
    const url = `${mesh.controller.nodesUrl}${routes.logCheckpoint}`;
    const own = await node.fetch(url, { method: 'GET' });
    expect(await own.text()).toBe((await ask(routes.logCheckpoint)).body.toString());
    const tile = await node.fetch(`${mesh.controller.nodesUrl}/v1/log/tile/0/000.p/1`, { method: 'GET' });
    expect([tile.status, (await tile.arrayBuffer()).byteLength]).toEqual([200, 32]);
  });
});

describe('a cut', () => {
  it('is in a head within a second', async () => {
    await mesh.clock.advance(1_000);
    await mesh.controller.admin.quarantine('node-b', 'a test');
    await mesh.clock.advance(1_000);
    const { size } = (await checkpoint()).checkpoint;
    expect(size).toBe(mesh.controller.running.services.journal.head().size);
  });
});

describe('a decision', () => {
  it('is an entry with actor, reason, policy, and the entry of the signed message behind it', async () => {
    const { admin } = mesh.controller;
    const newest = async (type: string) => (await admin.log({ node: 'node-a', type })).entries.at(-1);
    const dataOf = (found: Awaited<ReturnType<typeof newest>>) =>
      found?.entry.data as Record<string, unknown>;
    const admitted = await newest('node_admitted');
    const first = (await admin.log({ node: 'node-a', type: 'benchmark_accepted' })).entries[0];
    expect(dataOf(admitted)).toEqual({
      reason_code: 'ok',
      actor: 'system',
      policy_version: 1,
      benchmark_index: first?.index,
    });
    await node.submit(0.1);
    const denied = await newest('node_denied');
    const behind = await newest('benchmark_accepted');
    expect(behind?.index).toBeGreaterThan(first?.index ?? 0);
    expect(dataOf(denied)).toMatchObject({ actor: 'system', benchmark_index: behind?.index });
    expect(dataOf(behind)).toMatchObject({ message_sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
    // The numbers are only committed to.
    expect([denied?.entry.details, behind?.entry.details]).toEqual([
      expect.stringMatching(/^sha256:/),
      expect.stringMatching(/^sha256:/),
    ]);
    expect(behind?.entry.revealed).toMatchObject({ scores: { overall: 0.1 } });
  });
});

describe('the folder', () => {
  it('has the same checkpoint and the same tiles after the end, and one of another log stops the start', async () => {
    const { controller } = mesh;
    // The end would record it.
    await controller.running.services.toldRecorder.record();
    await openNextEpoch(controller);
    await mesh.clock.advance(1_000);
    const { size } = (await checkpoint()).checkpoint;
    const tile = renderTilePath({ level: 0, index: 0, width: size });
    const [note, hashes] = [await ask(routes.logCheckpoint), await ask(`/v1/log/${tile}`)];
    await controller.stop();
    // Nothing was committed since that head.
    expect(readFileSync(join(folder, 'checkpoint'))).toEqual(note.body);
    expect(readFileSync(join(folder, tile))).toEqual(hashes.body);
    writeFileSync(join(folder, 'checkpoint'), 'of somebody else');
    await expect(controller.start()).rejects.toThrow('set log.folder to an empty folder');
    rmSync(join(folder, 'checkpoint'));
    await controller.start();
  });
});
