// What Prometheus reads of a running controller, compared with what the controller says elsewhere.

import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { createSocketFetch } from '@mesh/host';
import { formatRfc3339 } from '@mesh/primitives';
import { routes } from '@mesh/protocol';
import { describe, expect, it } from 'vitest';
import { enrolTestNode, openNextEpoch, startTestController, type TestController } from '../support/index.ts';
import { runningMesh } from '../support/running-mesh.ts';

/** The series of a page: `name{labels}` → value. */
async function readSeries(controller: TestController): Promise<Map<string, number>> {
  const raw = createSocketFetch(controller.running.socketPath);
  try {
    const answer = await raw(`http://localhost${routes.metrics}`);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      200,
      'text/plain; version=0.0.4; charset=utf-8',
    ]);
    return parsePage(await answer.text());
  } finally {
    raw.close();
  }
}

function parsePage(page: string): Map<string, number> {
  const lines = page.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const at = line.lastIndexOf(' ');
      return [line.slice(0, at), Number(line.slice(at + 1))];
    }),
  );
}

describe('GET /v1/metrics', () => {
  it('shows who is in, their scores and the epoch', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b']);
    const { controller } = mesh;
    await enrolTestNode(controller, 'node-c');
    const series = await readSeries(controller);
    expect(series.get('mesh_nodes{state="admitted"}')).toBe(2);
    expect(series.get('mesh_nodes{state="never"}')).toBe(1);
    expect(series.get('mesh_node_score{node_id="node-a",metric="overall"}')).toBe(0.9);
    expect(series.get('mesh_node_admitted{node_id="node-b"}')).toBe(1);
    expect(series.get('mesh_node_admitted{node_id="node-c"}')).toBe(0);
    expect(series.has('mesh_node_score{node_id="node-c",metric="overall"}')).toBe(false);
    expect(series.get('mesh_epoch')).toBe((await controller.public.health()).epoch_id);
    expect(series.get('mesh_nodes_without_series')).toBe(0);
    expect(series.get('mesh_nodes_in_trouble{trouble="tunnel"}')).toBe(0);
    expect(series.get('mesh_benchmark_max_age_seconds')).toBe(120);
    expect(series.get('process_resident_memory_bytes')).toBeGreaterThan(1e7);
  });

  it('counts results and changes of standing once they are on disk', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b']);
    const before = await readSeries(mesh.controller);
    await mesh.node('node-b').submit(0.1);
    await mesh.node('node-a').submit(0.8);
    const after = await readSeries(mesh.controller);
    const grownBy = (name: string) => (after.get(name) ?? 0) - (before.get(name) ?? 0);
    expect(grownBy('mesh_benchmark_submissions_total{result="accepted"}')).toBe(2);
    expect(grownBy('mesh_membership_changes_total{change="denied",reason="below_threshold"}')).toBe(1);
    expect(after.get('mesh_nodes{state="denied"}')).toBe(1);
    expect(after.get('mesh_node_admitted{node_id="node-b"}')).toBe(0);
    expect(after.get('mesh_node_score{node_id="node-b",metric="overall"}')).toBe(0.1);
  });

  it('counts a refused result of a node, and the refusals of a minute together', async () => {
    await using mesh = await runningMesh(['node-a']);
    const stale = () =>
      mesh.node('node-a').submit(0.9, { timestamp: formatRfc3339(mesh.clock.nowMs() - 86_400_000) });
    for (let at = 0; at < 3; at += 1) await expect(stale()).rejects.toThrow('old');
    const refused = 'mesh_benchmark_submissions_total{result="refused"}';
    expect((await readSeries(mesh.controller)).get(refused)).toBe(1);
    await mesh.clock.advance(60_000);
    await expect
      .poll(async () => (await readSeries(mesh.controller)).get(refused), { timeout: 20_000 })
      .toBe(3);
  });

  it('says while a flood goes on, and counts what is refused', async () => {
    await using mesh = await runningMesh([]);
    const refused = 'mesh_refused_total{reason="tls_handshake"}';
    const read = async () => {
      const series = await readSeries(mesh.controller);
      return [series.get('mesh_flood'), series.get(refused)];
    };
    expect(await read()).toEqual([0, 0]);
    const { flood } = mesh.controller.running.services;
    for (let count = 0; count < 500; count++) flood.count('tls_handshake', '192.0.2.1');
    await mesh.clock.advance(5_000);
    expect(await read()).toEqual([1, 500]);
    await mesh.clock.advance(5_000);
    expect(await read()).toEqual([0, 500]);
  });

  it('measures how long an epoch takes', async () => {
    await using mesh = await runningMesh(['node-a']);
    const before = await readSeries(mesh.controller);
    await openNextEpoch(mesh.controller);
    const after = await readSeries(mesh.controller);
    const count = 'mesh_epoch_rotation_duration_seconds_count';
    expect((after.get(count) ?? 0) - (before.get(count) ?? 0)).toBe(1);
    mesh.controller.running.services.metrics.epochOpened(250);
    const sum = 'mesh_epoch_rotation_duration_seconds_sum';
    expect((await readSeries(mesh.controller)).get(sum)).toBeCloseTo((after.get(sum) ?? 0) + 0.25, 9);
  });

  it('gives nodes no series of their own where there are more than set', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b'], { metrics: { max_nodes: 1 } });
    const series = await readSeries(mesh.controller);
    expect(series.get('mesh_nodes_without_series')).toBe(2);
    expect([...series.keys()].filter((name) => name.includes('node_id='))).toEqual([]);
    expect(series.get('mesh_nodes{state="admitted"}')).toBe(2);
  });

  it('drops the series of a node that is gone', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b']);
    await mesh.controller.admin.revoke('node-b', 'stolen');
    await mesh.controller.admin.deleteNode('node-b', 'stolen');
    const names = [...(await readSeries(mesh.controller)).keys()];
    expect(names.filter((name) => name.includes('node-b'))).toEqual([]);
    expect(names.some((name) => name.includes('node-a'))).toBe(true);
  });
});

describe('the setting metrics.port', () => {
  it('serves the same page to this machine, and nothing else', async () => {
    await using controller = await startTestController({ config: { metrics: { port: 0 } } });
    const url = `http://127.0.0.1:${controller.running.metricsPort}`;
    const page = parsePage(await (await fetch(`${url}/metrics`)).text());
    expect([...page.keys()].sort()).toEqual([...(await readSeries(controller)).keys()].sort());
    expect((await fetch(`${url}${routes.nodes}`)).status).toBe(404);
    expect((await fetch(`${url}/metrics`, { method: 'POST' })).status).toBe(405);
  });

  it('opens no port unless it is set', async () => {
    await using controller = await startTestController();
    expect(controller.running.metricsPort).toBeUndefined();
  });

  it('is named where its port is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    await expect(startTestController({ config: { metrics: { port } } })).rejects.toThrow('metrics.port');
    taken.close();
  });
});
