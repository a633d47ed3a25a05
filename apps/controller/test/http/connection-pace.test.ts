// How fast an address may open connections, and that those beyond it cost no handshake.

import { once } from 'node:events';
import { connect as connectPlain } from 'node:net';
import { FakeClock } from '@mesh/host/test-kit';
import { describe, expect, it } from 'vitest';
import { ConnectionPace } from '../../src/http/gate/connection-pace.ts';
import { startTestController, type TestController } from '../support/index.ts';

const quick = { node_per_minute: 1_000, address_per_minute: 1_000 };

/** Opens connections one after the other. @returns how many the controller ended at once */
async function knock(controller: TestController, count: number, localAddress = '127.0.0.1'): Promise<number> {
  const { flood } = controller.running.services;
  const before = flood.totals.connection_rate;
  for (let opened = 0; opened < count; opened++) {
    const socket = connectPlain({ host: '127.0.0.1', port: controller.running.publicPort, localAddress });
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    socket.destroy();
    await once(socket, 'close');
  }
  // The last one is counted when a later connection has been answered.
  await controller.public.health().catch(() => undefined);
  return flood.totals.connection_rate - before;
}

describe('an address', () => {
  it('opens so many connections a second and not more; others do not notice', async () => {
    const clock = new FakeClock({ nowMs: Date.now() });
    await using controller = await startTestController({
      clock,
      config: { limits: { ...quick, connections_per_second: 5 } },
    });
    expect(await knock(controller, 30, '127.0.0.2')).toBe(20);
    expect(await knock(controller, 8, '127.0.0.3')).toBe(0);
    await clock.advance(1_000);
    expect(await knock(controller, 10, '127.0.0.2')).toBe(5);
    expect(await controller.admin.health()).toMatchObject({
      status: 'ok',
      refused_total: { connection_rate: 25 },
      flood_since: null,
    });
  });

  it('opens as many as it likes where nothing limits it', async () => {
    await using controller = await startTestController({
      config: { limits: { ...quick, connections_per_second: 1_000_000 } },
    });
    expect(await knock(controller, 60, '127.0.0.2')).toBe(0);
  });
});

describe('the pace', () => {
  it('lets one in each ten seconds where it is the slowest that can be set', () => {
    let nowMs = 0;
    const pace = new ConnectionPace(0.1, () => nowMs);
    const admitted = [0, 9_000, 10_000, 15_000, 20_000].map((atMs) => {
      nowMs = atMs;
      return pace.admit('192.0.2.1');
    });
    expect(admitted).toEqual([true, false, true, false, true]);
  });

  it('remembers 32,768 addresses, and twice as many at most', () => {
    const pace = new ConnectionPace(1, () => 0);
    const others = (name: string) => {
      for (let other = 0; other < 32_768; other++) pace.admit(`${name} ${other}`);
    };
    for (const admitted of [true, true, false]) expect(pace.admit('192.0.2.1')).toBe(admitted);
    others('first');
    expect(pace.admit('192.0.2.1')).toBe(false);
    others('second');
    others('third');
    expect(pace.admit('192.0.2.1')).toBe(true);
  });
});
