// Answers other than configs confirm the version that a member names if there is nothing new for the member.

import { CONFIG_VERSION_HEADER, type FetchLike, pathOf, type RouteName } from '@mesh/protocol';
import { describe, expect, it } from 'vitest';
import type { TestNode } from '../support/index.ts';
import { asDelta, fullConfig, runningMesh } from '../support/running-mesh.ts';

type Answer = Awaited<ReturnType<FetchLike>>;

/** A request of a node that names `held` as its version. */
async function ask(
  node: TestNode,
  held: string | undefined,
  route: RouteName = 'epoch',
  body?: object,
): Promise<Answer> {
  const answer = await node.fetch(`${node.controller.nodesUrl}${pathOf(route, node.nodeId)}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      ...(held === undefined ? {} : { [CONFIG_VERSION_HEADER]: held }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  await answer.text();
  return answer;
}
const confirmed = ({ headers }: Answer) => headers.get(CONFIG_VERSION_HEADER);

describe('an answer to a member', () => {
  it('confirms the version that it holds, whatever the request was, even if it was refused', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b']);
    const node = mesh.node('node-a');
    const { version } = await fullConfig(node);
    const requests: [RouteName, object | undefined, number][] = [
      ['epoch', undefined, 200],
      ['submitBenchmark', node.benchmark(0.9), 200],
      ['submitBenchmark', { nonsense: true }, 400],
      ['reportApplied', { nonsense: true }, 400],
      ['renewCertificate', { nonsense: true }, 400],
      // This comes last, because reporting its own endpoint changes its config.
      ['reportEndpoint', { nonsense: true }, 400],
    ];
    for (const [route, body, status] of requests) {
      const answer = await ask(node, version, route, body);
      expect([route, answer.status, confirmed(answer)]).toEqual([route, status, version]);
    }
  });

  it('that names another version, no version, or nonsense confirms nothing', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b']);
    const { version } = await fullConfig(mesh.node('node-a'));
    for (const held of [undefined, '', 'nonsense', '0.0', `${version}0`, `9${version}`, '9'.repeat(5_000)])
      expect(confirmed(await ask(mesh.node('node-a'), held))).toBeNull();
  });

  it('no longer confirms the old version, from the request on that changed the config', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b', 'node-c']);
    const [a, b] = [mesh.node('node-a'), mesh.node('node-b')];
    const { version } = await fullConfig(a);
    expect(confirmed(await ask(b, version, 'submitBenchmark', b.benchmark(0.1)))).toBeNull();
    expect(confirmed(await ask(a, version))).toBeNull();
    const after = await fullConfig(a);
    expect(after.peers.map(({ node_id }) => node_id)).toEqual(['node-c']);
    expect(confirmed(await ask(a, after.version))).toBe(after.version);
  });

  it('about its config names the version itself, and an answer to a farewell or a stranger names none', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b']);
    const [a, b] = [mesh.node('node-a'), mesh.node('node-b')];
    const { version } = await fullConfig(a);
    expect(confirmed(await ask(a, version, 'config'))).toBeNull();
    const farewell = await ask(a, version, 'leave', { nonsense: true });
    expect([farewell.status, confirmed(farewell)]).toEqual([400, null]);
    await mesh.controller.admin.revoke('node-b', 'lost');
    const { version: newest } = await fullConfig(a);
    const refused = await ask(b, newest);
    expect([refused.status, confirmed(refused)]).toEqual([403, null]);
  });

  it('confirms nothing while the disk fails, and an earlier confirmation counts as a lease', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b', 'node-c']);
    const { controller, clock } = mesh;
    const [a, b] = [mesh.node('node-a'), mesh.node('node-b')];
    const { version, lease_seconds } = await fullConfig(a);
    expect(lease_seconds).toBe(180);
    await clock.advance(10_000);
    expect(confirmed(await ask(a, version))).toBe(version);
    controller.failWrites(true);
    await clock.advance(10_000);
    // The first write notices that the disk fails.
    const failed = await ask(b, version, 'submitBenchmark', b.benchmark(0.9));
    expect([failed.status, confirmed(failed)]).toEqual([503, null]);
    expect(confirmed(await ask(a, version))).toBeNull();
    await ask(b, version, 'submitBenchmark', b.benchmark(0.1));
    // The lease is 180 s from the confirmation ten seconds ago, and not from the config twenty seconds ago.
    expect(asDelta(await a.config({ version }))).toMatchObject({ removed: ['node-b'], lease_seconds: 170 });
    controller.failWrites(false);
    await clock.advance(500);
    const { version: newest } = await fullConfig(a);
    expect(confirmed(await ask(a, newest))).toBe(newest);
  });
});
