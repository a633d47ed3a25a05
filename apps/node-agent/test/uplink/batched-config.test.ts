// Configs that were signed together. An agent takes its own with the path that leads to what was signed; with
// any other, nothing in it counts, and the agent keeps what it holds.

import { waitUntil } from '@mesh/host/test-kit';
import type { ConfigBatch } from '@mesh/protocol';
import { describe, expect, it } from 'vitest';
import { configBody, enrolledMember, startController } from '../support/agent-fixtures.ts';
import { type FollowedController, followAnswers } from '../support/follow-answers.ts';

type Batched = object & { readonly batch: ConfigBatch; readonly signature: string };

/** The agent's config of this version, signed together with those of two other nodes. */
function batched(controller: FollowedController, version: string, mesh?: string): Batched {
  const own = configBody(version, ['a', 'b']);
  const others = ['x', 'y'].map((node_id) => ({ ...configBody(version, ['z']), node_id }));
  return controller.signConfigs([others[0] as object, own, others[1] as object], mesh)[1] as Batched;
}

/**
 * An agent that was given a config that was signed alone, then this, then one that was signed alone again.
 */
async function given(second: (controller: FollowedController) => object) {
  const controller = await startController();
  const member = await enrolledMember(controller);
  const followed = followAnswers(controller, member, [
    () => controller.signConfig(configBody('v1', ['a', 'b', 'c'])),
    () => second(controller),
    () => controller.signConfig(configBody('v3', ['a', 'b', 'c'])),
  ]);
  await waitUntil('the third query', () => controller.requests.length >= 3);
  return { ...followed, queries: controller.requests.map(({ query }) => query) };
}

describe('a config that was signed together with others', () => {
  it('is taken like one that was signed alone, before it and after it', async () => {
    const { heard, failures, queries } = await given((controller) => batched(controller, 'v2'));
    await waitUntil('the third answer', () => heard.length >= 3);
    expect(failures).toEqual([]);
    expect(queries.slice(0, 3).map((query) => query.get('version'))).toEqual([null, 'v1', 'v2']);
    // One query without `slots` would make this node's pairs go back in the middle of a move.
    for (const what of ['batch', 'slots'])
      expect(queries.every((query) => query.get(what) === '1')).toBe(true);
    expect(heard.slice(0, 3).map(({ config }) => config?.version)).toEqual(['v1', 'v2', 'v3']);
    expect([...(heard[1]?.config?.peers.keys() ?? [])]).toEqual(['a', 'b']);
  });

  const placed =
    (changes: (batch: ConfigBatch) => Partial<ConfigBatch>) => (controller: FollowedController) => {
      const config = batched(controller, 'v2');
      return { ...config, batch: { ...config.batch, ...changes(config.batch) } };
    };
  it.each<[string, (controller: FollowedController) => object]>([
    ['with another path', placed(({ path }) => ({ path: path.toReversed() }))],
    ['with a path that is too short', placed(({ path }) => ({ path: path.slice(1) }))],
    ['with the place of another', placed(() => ({ index: 0 }))],
    ['with another size', placed(() => ({ size: 4 }))],
    [
      'whose content was changed after signing',
      (controller) => ({ ...batched(controller, 'v2'), lease_seconds: 1800 }),
    ],
    [
      'without its place',
      (controller) => {
        const { batch: _batch, ...alone } = batched(controller, 'v2');
        return alone;
      },
    ],
    ['that was signed for another mesh', (controller) => batched(controller, 'v2', 'other')],
    [
      'with a place, but signed alone',
      (controller) => ({
        ...controller.signConfig(configBody('v2', ['a', 'b'])),
        batch: batched(controller, 'v2').batch,
      }),
    ],
    [
      'of another node of the batch',
      (controller) =>
        controller.signConfigs([
          configBody('v2', ['a']),
          { ...configBody('v2', ['a']), node_id: 'x' },
        ])[1] as object,
    ],
  ])('%s counts for nothing', async (_what, second) => {
    const { heard, failures, queries } = await given(second);
    expect(failures[0]?.code).toBe('untrusted');
    // The third query asks for everything, because the answer could not be trusted.
    expect(queries.slice(0, 3).map((query) => query.get('version'))).toEqual([null, 'v1', null]);
    await waitUntil('the whole config', () => heard.length >= 2);
    expect(heard.slice(0, 2).map(({ config }) => config?.version)).toEqual(['v1', 'v3']);
  });
});
