// What the channel reads off every answer, over real mutual TLS.

import { systemClock } from '@mesh/host';
import { CONFIG_VERSION_HEADER, problem } from '@mesh/protocol';
import { expect, it } from 'vitest';
import { enrolledMember, startController } from './agent-fixtures.ts';
import { refusal } from './fake-answers.ts';

it('an answer that names a config version is told of with the time at which it was asked for, a refusal too', async () => {
  const controller = await startController();
  const { channel, named } = await enrolledMember(controller);
  const epoch = { epoch_id: 4, active_since_ms: 0, next_boundary_ms: 60_000, members: 2 };
  controller.onNodeRequest = () => ({ status: 200, body: epoch });
  await channel.client.epoch().catch(() => undefined);
  expect(named).toEqual([]);
  const before = systemClock.bootMs();
  let answeredAtBootMs = 0;
  controller.onNodeRequest = async () => {
    await new Promise((resolve) => setTimeout(resolve, 50));
    answeredAtBootMs = systemClock.bootMs();
    return refusal(problem('rate_limited', 'too often'), { [CONFIG_VERSION_HEADER]: '7.3' });
  };
  await expect(channel.client.epoch()).rejects.toMatchObject({ problem: { code: 'rate_limited' } });
  expect(named.map(({ version }) => version)).toEqual(['7.3']);
  expect(named[0]?.askedAtBootMs).toBeGreaterThanOrEqual(before);
  expect(named[0]?.askedAtBootMs).toBeLessThan(answeredAtBootMs);
});
