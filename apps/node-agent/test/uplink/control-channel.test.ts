// What the channel adds to every request and reads from every answer, over real mutual TLS.

import { FakeClock } from '@mesh/host/test-kit';
import { CONFIG_VERSION_HEADER, problem } from '@mesh/protocol';
import { expect, it, onTestFinished } from 'vitest';
import { ControlChannel } from '../../src/uplink/channel/control-channel.ts';
import { enrolledMember, startController } from '../support/agent-fixtures.ts';
import { refusal } from '../support/fake-answers.ts';

it('requests name the held version; an answer that confirms it, even a refusal, is reported with the time of its request', async () => {
  const controller = await startController();
  const { connect, enrolment } = await enrolledMember(controller);
  const clock = new FakeClock({ bootMs: 1_000 });
  let held: string | undefined;
  const confirmed: [string, number][] = [];
  const channel = new ControlChannel({
    connect,
    enrolment,
    clock,
    heldVersion: () => held,
    onConfirmed: (version, askedAtBootMs) => confirmed.push([version, askedAtBootMs]),
  });
  onTestFinished(() => channel.close());
  const said = () => controller.requests.map(({ headers }) => headers[CONFIG_VERSION_HEADER]);
  controller.onNodeRequest = () => refusal(problem('not_found', 'nothing is held yet'));
  await expect(channel.client.epoch()).rejects.toMatchObject({ problem: { code: 'not_found' } });
  expect([said(), confirmed]).toEqual([[undefined], []]);

  held = '7.3';
  controller.onNodeRequest = async () => {
    await clock.advance(50);
    return refusal(problem('rate_limited', 'too often'), { [CONFIG_VERSION_HEADER]: '7.3' });
  };
  await expect(channel.client.epoch()).rejects.toMatchObject({ problem: { code: 'rate_limited' } });
  expect(said()).toEqual([undefined, '7.3']);
  expect(confirmed).toEqual([['7.3', 1_000]]);
});
