// A removal notice is signed for many nodes. An agent takes it as its delta only if it is for this agent;
// otherwise nothing in it counts, and the agent asks for its whole config.

import { waitUntil } from '@mesh/host/test-kit';
import { describe, expect, it } from 'vitest';
import { configBody, enrolledMember, startController } from '../support/agent-fixtures.ts';
import { type FollowedController, followAnswers } from '../support/follow-answers.ts';
import { noticeBody as notice } from '../support/notice-body.ts';

const told = { class: 'default' };
/** An agent that was given a full config, then this, then a full config again. */
async function given(first: object, second: (controller: FollowedController) => object) {
  const controller = await startController();
  const member = await enrolledMember(controller);
  const followed = followAnswers(controller, member, [
    () => controller.signConfig(configBody('v1', ['a', 'b', 'c'], first)),
    () => second(controller),
    () => controller.signConfig(configBody('v3', ['a', 'b', 'c'], first)),
  ]);
  await waitUntil('the third query', () => controller.requests.length >= 3);
  const versions = controller.requests.map(({ query }) => query.get('version'));
  return { ...followed, versions };
}

const signed = (changes: object) => (controller: FollowedController) =>
  controller.signNotice(notice(changes));

describe('a removal notice', () => {
  it('removes its nodes, renews the lease, and leaves what it does not mention as it was', async () => {
    const { heard, failures, versions } = await given(
      { ...told, reason: 'as last told', challenge: 'old', exams: ['ab'.repeat(16)] },
      signed({ challenge: 'new' }),
    );
    expect(failures).toEqual([]);
    expect(versions.slice(0, 3)).toEqual([null, 'v1', 'v2']);
    const [before, after] = heard;
    expect(Math.round(after?.leaseSeconds ?? 0)).toBe(90);
    expect([...(after?.config?.peers.keys() ?? [])]).toEqual(['a', 'c']);
    expect([...(after?.config?.keySets[0]?.psks.keys() ?? [])]).toEqual(['a', 'c']);
    expect(after?.config).toMatchObject({
      version: 'v2',
      class: 'default',
      reason: 'as last told',
      challenge: 'new',
      exams: ['ab'.repeat(16)],
    });
    expect(after?.config?.interface).toEqual(before?.config?.interface);
  });

  it('with another base removes its nodes, and the agent asks for its whole config', async () => {
    const { heard, versions } = await given(told, signed({ base: 'v0' }));
    expect([...(heard[1]?.config?.peers.keys() ?? [])]).toEqual(['a', 'c']);
    expect(versions.slice(0, 3)).toEqual([null, 'v1', null]);
  });

  it.each<[string, object, (controller: FollowedController) => object]>([
    ['for another class', told, signed({ class: 'gpu' })],
    ['for its class, which it was never told', {}, signed({})],
    ['to a node that is not allowed', { ...told, allowed: false }, signed({})],
    ['that removes the node itself', told, signed({ removed: ['b', 'self'] })],
    ['that excepts the node', told, signed({ except: ['self'] })],
    ['of another mesh', told, signed({ mesh_id: 'other' })],
    ['that is signed as a config', told, (controller) => controller.signConfig(notice())],
    [
      'that another key signed',
      told,
      (controller) => ({
        ...controller.signNotice(notice()),
        signature: Buffer.alloc(64, 1).toString('base64'),
      }),
    ],
    [
      'whose list was changed after signing',
      told,
      (controller) => ({ ...controller.signNotice(notice()), removed: ['a'] }),
    ],
    [
      'whose audience was changed after signing',
      told,
      (controller) => ({ ...controller.signNotice(notice({ class: 'gpu' })), class: 'default' }),
    ],
    [
      'whose exceptions were taken out',
      told,
      (controller) => ({ ...controller.signNotice(notice({ except: ['self'] })), except: [] }),
    ],
    [
      'whose version was changed after signing',
      told,
      (controller) => ({ ...controller.signNotice(notice()), version: 'v9' }),
    ],
    [
      'whose lease was changed after signing',
      told,
      (controller) => ({ ...controller.signNotice(notice()), lease_seconds: 1800 }),
    ],
  ])('%s counts for nothing', async (_what, first, second) => {
    const { heard, failures, versions } = await given(first, second);
    expect(failures[0]?.code).toBe('untrusted');
    // The third query asks for everything, because the answer could not be trusted.
    expect(versions.slice(0, 3)).toEqual([null, 'v1', null]);
    await waitUntil('the whole config', () => heard.length >= 2);
    expect(heard.slice(0, 2).map(({ config }) => config?.version)).toEqual(['v1', 'v3']);
    // A config that denies the node has no peers.
    const hasItsPeer = ({ config }: (typeof heard)[number]) =>
      config === undefined || config.peers.has('b' as never) === config.allowed;
    expect(heard.every(hasItsPeer)).toBe(true);
  });

  it('as the answer to the query for the whole config counts for nothing', async () => {
    const controller = await startController();
    const member = await enrolledMember(controller);
    const { heard, failures } = followAnswers(controller, member, [
      () => controller.signNotice(notice()),
      () => controller.signConfig(configBody('v1', ['a'], told)),
    ]);
    await waitUntil('the whole config', () => heard.length === 1);
    expect(failures.map(({ code }) => code)).toEqual(['untrusted']);
  });
});
