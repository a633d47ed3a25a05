// Answers other than configs: they name the newest version, by which a member knows that what it holds still stands.

import { CONFIG_VERSION_HEADER, type FetchLike, pathOf, type RouteName } from '@mesh/protocol';
import { describe, expect, it } from 'vitest';
import type { TestNode } from './kit/index.ts';
import { asDelta, fullConfig, type RunningMesh, runningMesh } from './support/running-mesh.ts';

type Answer = Awaited<ReturnType<FetchLike>>;

async function ask(node: TestNode, route: RouteName, body?: object, query = ''): Promise<Answer> {
  const answer = await node.fetch(`${node.controller.nodesUrl}${pathOf(route, node.nodeId)}${query}`, {
    method: body === undefined ? 'GET' : 'POST',
    ...(body === undefined
      ? {}
      : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  await answer.text();
  return answer;
}
const named = ({ headers }: Answer) => headers.get(CONFIG_VERSION_HEADER);
const newest = (mesh: RunningMesh) => mesh.controller.running.services.publication.currentVersion();

describe('an answer to a member', () => {
  it('names the version that its config has, whatever was asked and whether it was granted', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b']);
    const node = mesh.node('node-a');
    const { version } = await fullConfig(node);
    const answers = [
      await ask(node, 'submitBenchmark', node.benchmark(0.9)),
      await ask(node, 'reportEndpoint', node.endpoint(['192.0.2.7'])),
      await ask(node, 'submitBenchmark', { nonsense: true }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 400]);
    expect(named(answers[0] as Answer)).toBe(version);
    for (const answer of answers.slice(1)) expect(named(answer)).toBe(newest(mesh));
    expect(named(await ask(node, 'epoch'))).toBe(newest(mesh));
  });

  it('names the one that comes of it: whoever holds the one before renews nothing by it', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b']);
    const { version } = await fullConfig(mesh.node('node-a'));
    const denying = await ask(mesh.node('node-b'), 'submitBenchmark', mesh.node('node-b').benchmark(0.1));
    expect(named(denying)).not.toBe(version);
    const after = await ask(mesh.node('node-a'), 'epoch');
    expect(named(after)).not.toBe(version);
    expect(named(after)).toBe((await fullConfig(mesh.node('node-a'))).version);
  });

  it('about its config names none beside what it says itself, and neither does one to a stranger', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b']);
    const [a, b] = [mesh.node('node-a'), mesh.node('node-b')];
    const { version } = await fullConfig(a);
    for (const query of ['', `?version=${version}`])
      expect(named(await ask(a, 'config', undefined, query))).toBeNull();
    await mesh.controller.admin.revoke('node-b', 'lost');
    const refused = await ask(b, 'submitBenchmark', b.benchmark(0.9));
    expect([refused.status, named(refused)]).toEqual([403, null]);
  });

  it('names none while the disk fails, and what was named before counts as a lease', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b']);
    const { controller, clock } = mesh;
    const node = mesh.node('node-a');
    const { version, lease_seconds } = await fullConfig(node);
    expect(lease_seconds).toBe(180);
    await clock.advance(10_000);
    expect(named(await ask(node, 'epoch'))).toBe(version);
    controller.failWrites(true);
    await clock.advance(10_000);
    const failed = await ask(mesh.node('node-b'), 'submitBenchmark', mesh.node('node-b').benchmark(0.1));
    expect([failed.status, named(failed)]).toEqual([503, null]);
    expect(named(await ask(node, 'epoch'))).toBeNull();
    // 180 s from the answer ten seconds ago, not from the config twenty seconds ago.
    expect(asDelta(await node.config({ version })).lease_seconds).toBe(170);
    controller.failWrites(false);
    await clock.advance(500);
    expect(named(await ask(node, 'epoch'))).toBe(newest(mesh));
  });
});
