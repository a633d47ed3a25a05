// What the controller believes of a lease never lasts longer than what the node was given.

import { FakeClock } from '@mesh/host/test-kit';
import { parseNodeId } from '@mesh/primitives';
import { describe, expect, it } from 'vitest';
import { Leases } from '../../src/leases/leases.ts';

const node = parseNodeId('node-a');

function open() {
  const clock = new FakeClock({ nowMs: 1_000_000 });
  let sleptMs = 0;
  let readings = 0;
  let failing = false;
  const leases = new Leases({
    leaseSeconds: 60,
    extraMs: () => 0,
    isStorageFailing: () => failing,
    clock: {
      nowMs: () => clock.nowMs(),
      monotonicMs: () => clock.monotonicMs(),
      bootMs: () => {
        readings += 1;
        return clock.monotonicMs() + sleptMs;
      },
    },
  });
  return {
    clock,
    leases,
    readings: () => readings,
    sleep: (ms: number) => {
      sleptMs += ms;
    },
    fail: () => {
      failing = true;
    },
  };
}

describe('leases that begin at once', () => {
  it('share one reading of the clock, for ten milliseconds', async () => {
    const { clock, leases, readings } = open();
    leases.renew(node);
    const first = readings();
    for (let at = 0; at < 1_000; at++) leases.renew(parseNodeId(`node-${at}`));
    expect(readings()).toBe(first);
    await clock.advance(10);
    leases.renew(node);
    expect(readings()).toBe(first + 1);
  });

  it('end for the controller no later than for the node, though the machine slept since the reading', () => {
    const { leases, sleep, fail } = open();
    const before = leases.grant();
    sleep(30_000);
    expect(leases.renew(node)).toBe(60);
    expect(leases.grant().endsAtBootMs).toBe(before.endsAtBootMs);
    fail();
    // What is left is measured anew: half of the lease was slept through before it was given.
    expect(leases.renew(node)).toBe(30);
  });
});
