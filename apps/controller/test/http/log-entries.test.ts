// The log for authorised people over the administration socket: pages, filters, and a stream that goes on.

import { createSocketFetch } from '@mesh/host';
import { FakeClock } from '@mesh/host/test-kit';
import { defined } from '@mesh/primitives';
import type { LogEntryView } from '@mesh/protocol';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { enrolTestNode, startTestController, type TestController, until } from '../support/index.ts';

let controller: TestController;
let clock: FakeClock;
beforeAll(async () => {
  clock = new FakeClock({ nowMs: Date.now() });
  controller = await startTestController({ clock });
  (await enrolTestNode(controller, 'node-a')).close();
});
afterAll(() => controller.close());

async function ask(query: string, signal?: AbortSignal): Promise<Response> {
  const socket = createSocketFetch(controller.paths.socket);
  try {
    return await socket(`http://localhost/v1/log/entries?${query}`, {
      method: 'GET',
      ...defined({ signal }),
    });
  } finally {
    socket.close();
  }
}

const typesOf = (entries: readonly LogEntryView[]) => entries.map(({ entry }) => entry.type);

it('is read by node, type and time, and says where to go on', async () => {
  const { admin } = controller;
  const whole = await admin.log();
  expect(whole.next).toBe(whole.size);
  expect(typesOf((await admin.log({ node: 'node-a' })).entries)).toEqual([
    'node_enrolled',
    'certificate_issued',
  ]);
  const [first] = (await admin.log({ type: 'token_created', limit: 1 })).entries;
  expect(first?.entry).toMatchObject({ type: 'token_created', data: { actor: 'socket' } });
  const later = new Date(clock.nowMs() + 1_000).toISOString();
  expect((await admin.log({ since: later })).entries).toEqual([]);
  expect((await admin.log({ from: 1, limit: 2 })).entries).toEqual(whole.entries.slice(1, 3));
});

it.each(['type=a%20b', 'node=..', 'since=yesterday', 'follow=1&limit=1001'])('refuses %s', async (query) => {
  const answer = await ask(query);
  expect([answer.status, await answer.json()]).toMatchObject([400, { code: 'invalid_parameter' }]);
});

it('is followed without a gap, and the last line says where to go on', async () => {
  const { size } = await controller.admin.log({ limit: 1 });
  const seen: LogEntryView[] = [];
  const following = controller.admin.followLog({ from: size - 1, type: 'token_created' }, (entry) =>
    seen.push(entry),
  );
  await controller.token({ class: 'default' });
  await until('the first entry', () => seen.length === 1);
  await controller.admin.quarantine('node-a', 'not of the type');
  await controller.token({ class: 'default' });
  await until('the second entry', () => seen.length === 2);
  const { size: before } = await controller.admin.log({ limit: 1 });
  await clock.advance(25_000);
  const next = await following;
  expect(typesOf(seen)).toEqual(['token_created', 'token_created']);
  // What the passing time adds to the log comes before or after the end.
  expect(next).toBeGreaterThanOrEqual(before);
  expect(next).toBeLessThanOrEqual((await controller.admin.log({ limit: 1 })).size);
});

it('that is followed ends with the controller, and for whoever goes away', async () => {
  const { logBell } = controller.running.services;
  const gone = new AbortController();
  const left = ask('from=9999&follow=1', gone.signal).catch(() => 'gone');
  await until('one who waits', () => logBell.waiting === 1);
  gone.abort();
  expect(await left).toBe('gone');
  await until('nobody who waits', () => logBell.waiting === 0);
  const { size } = await controller.admin.log({ limit: 1 });
  const following = ask(`from=${size}&follow=1`).then((answer) => answer.text());
  await until('one who waits', () => logBell.waiting === 1);
  await controller.stop();
  expect(JSON.parse(await following)).toEqual({ next: size });
  expect(logBell.waiting).toBe(0);
  await controller.start();
});

it('is followed by so many at once, and no more', async () => {
  const { logBell } = controller.running.services;
  const stop = new AbortController();
  const waiting = Array.from({ length: 64 }, () => logBell.wait(60_000, stop.signal));
  const refused = await ask('follow=1');
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '5']);
  stop.abort();
  await Promise.all(waiting);
  expect(logBell.waiting).toBe(0);
});
