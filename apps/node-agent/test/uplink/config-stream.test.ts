// Several answers to one query: each counts in the turn in which it arrives, and is checked as any other.
// What must not go on ends the query, and the agent asks for its whole config.

import { waitUntil } from '@mesh/host/test-kit';
import { describe, expect, it } from 'vitest';
import { configBody, enrolledMember, startController } from '../support/agent-fixtures.ts';
import type { FakeController } from '../support/fake-controller.ts';
import { follow, script, statedLeases } from '../support/follow-answers.ts';
import { noticeBody } from '../support/notice-body.ts';

const PEERS = ['a', 'b', 'c', 'd'];

/** Lines that the test gives one by one. */
function openLines() {
  const { readable, writable } = new TransformStream<object, object>();
  const writer = writable.getWriter();
  return {
    lines: readable as AsyncIterable<object>,
    say: (line: object) => void writer.write(line),
    end: () => void writer.close(),
    breakOff: () => void writer.abort(new Error('broken off')),
  };
}

async function streaming() {
  const controller = await startController();
  const member = await enrolledMember(controller);
  const stream = openLines();
  script(controller, [
    () => ({ status: 200, body: controller.signConfig(configBody('v1', PEERS, { class: 'default' })) }),
    () => ({ status: 200, lines: stream.lines }),
  ]);
  const followed = follow(controller, member);
  await waitUntil('the query that waits', () => controller.requests.length === 2);
  const versions = () => controller.requests.map(({ query }) => query.get('version'));
  return { controller, stream, versions, ...followed };
}

const removal = (controller: FakeController, base: string, version: string, removed: string, changes = {}) =>
  controller.signNotice(noticeBody({ base, version, removed: [removed], ...changes }));

describe('a query that is answered several times', () => {
  it('applies each removal when it arrives, and asks again from the last version when it ends', async () => {
    const { controller, stream, heard, failures, versions } = await streaming();
    for (const [at, [base, version, peer]] of [
      ['v1', 'v2', 'b'],
      ['v2', 'v3', 'c'],
    ].entries()) {
      stream.say(removal(controller, base as string, version as string, peer as string));
      await waitUntil('the removal', () => heard.length === at + 2);
      // The query is still open: nothing else was asked.
      expect(controller.requests).toHaveLength(2);
    }
    expect(heard.map(({ config }) => [...(config?.peers.keys() ?? [])].join(''))).toEqual([
      'abcd',
      'acd',
      'ad',
    ]);
    expect(statedLeases(heard)).toEqual([180, 90, 90]);
    stream.end();
    await waitUntil('the next query', () => controller.requests.length === 3);
    expect([versions(), failures]).toEqual([[null, 'v1', 'v3'], []]);
  });

  it('takes a config as its last answer', async () => {
    const { controller, stream, heard, failures, versions } = await streaming();
    stream.say(removal(controller, 'v1', 'v2', 'b'));
    stream.say(controller.signConfig(configBody('v4', [], { allowed: false })));
    stream.end();
    await waitUntil('the next query', () => controller.requests.length === 3);
    expect(heard.map(({ config }) => config?.allowed)).toEqual([true, true, false]);
    expect([versions(), failures]).toEqual([[null, 'v1', 'v4'], []]);
  });

  it('ends with the first answer that cannot be trusted, and nothing after it counts', async () => {
    const { controller, stream, heard, failures, versions } = await streaming();
    const forged = { ...removal(controller, 'v1', 'v2', 'b'), removed: ['a'] };
    stream.say(forged);
    stream.say(removal(controller, 'v1', 'v2', 'c'));
    await waitUntil('the next query', () => controller.requests.length === 3);
    expect(failures.map(({ code }) => code)).toEqual(['untrusted']);
    expect([heard.length, versions()]).toEqual([1, [null, 'v1', null]]);
  });

  it.each<[string, (controller: FakeController) => object]>([
    ['starts from another version', (controller) => removal(controller, 'v0', 'v2', 'b')],
    [
      'shows that the clock was set',
      (controller) => removal(controller, 'v1', 'v2', 'b', { server_time_ms: Date.now() + 3_600_000 }),
    ],
  ])(
    'ends with an answer that %s: its removal counts, and a whole config is asked for',
    async (_what, line) => {
      const { controller, stream, heard, failures, versions } = await streaming();
      stream.say(line(controller));
      await waitUntil('the next query', () => controller.requests.length === 3);
      expect([...(heard[1]?.config?.peers.keys() ?? [])]).toEqual(['a', 'c', 'd']);
      expect([versions(), failures]).toEqual([[null, 'v1', null], []]);
    },
  );

  it('that breaks off is asked again from the last version, as after any lost connection', async () => {
    const { controller, stream, heard, failures, versions } = await streaming();
    stream.say(removal(controller, 'v1', 'v2', 'b'));
    await waitUntil('the removal', () => heard.length === 2);
    await controller.pause();
    await controller.resume();
    await waitUntil('the next query', () => controller.requests.length >= 3);
    expect(versions().slice(0, 3)).toEqual([null, 'v1', 'v2']);
    expect(failures[0]?.code).toBe('unreachable');
  });
});
