// What the channel says in every request and reads off every answer, over real mutual TLS.

import { systemClock } from '@mesh/host';
import { CONFIG_VERSION_HEADER, problem } from '@mesh/protocol';
import { expect, it } from 'vitest';
import { enrolledMember, startController } from './agent-fixtures.ts';
import { refusal } from './fake-answers.ts';

it('requests name the version held; an answer that confirms it is told of with the time of its request, a refusal too', async () => {
  const controller = await startController();
  const { channel, versions } = await enrolledMember(controller);
  const said = () => controller.requests.map(({ headers }) => headers[CONFIG_VERSION_HEADER]);
  controller.onNodeRequest = () => refusal(problem('not_found', 'nothing is held yet'));
  await expect(channel.client.epoch()).rejects.toMatchObject({ problem: { code: 'not_found' } });
  expect([said(), versions.confirmed]).toEqual([[undefined], []]);

  versions.held = '7.3';
  const before = systemClock.bootMs();
  let answeredAtBootMs = 0;
  controller.onNodeRequest = async () => {
    await new Promise((resolve) => setTimeout(resolve, 50));
    answeredAtBootMs = systemClock.bootMs();
    return refusal(problem('rate_limited', 'too often'), { [CONFIG_VERSION_HEADER]: '7.3' });
  };
  await expect(channel.client.epoch()).rejects.toMatchObject({ problem: { code: 'rate_limited' } });
  expect(said()).toEqual([undefined, '7.3']);
  expect(versions.confirmed.map(({ version }) => version)).toEqual(['7.3']);
  expect(versions.confirmed[0]?.askedAtBootMs).toBeGreaterThanOrEqual(before);
  expect(versions.confirmed[0]?.askedAtBootMs).toBeLessThan(answeredAtBootMs);
});
