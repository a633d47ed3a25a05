// Waking thousands of waiters must take several turns of the event loop, and must still reach every waiter.

import { parseNodeId } from '@mesh/primitives';
import { describe, expect, it } from 'vitest';
import { Waiters } from '../../src/publish/waiters.ts';

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

function crowd(waiters: Waiters, size: number) {
  const woken: string[] = [];
  const all = Array.from({ length: size }, async (_, at) => {
    const nodeId = parseNodeId(`node-${at}`);
    const waiter = waiters.add(nodeId, undefined);
    const reason = await waiter.woken;
    waiter.cancel();
    woken.push(nodeId);
    return reason;
  });
  return { woken, all: Promise.all(all) };
}

describe('waking everybody', () => {
  it('takes several turns of the event loop, and reaches every waiter in order of arrival', async () => {
    const waiters = new Waiters();
    const { woken, all } = crowd(waiters, 100);
    waiters.wakeAll();
    await Promise.resolve();
    await turn();
    expect(woken.length).toBeGreaterThan(0);
    expect(woken.length).toBeLessThan(100);
    expect(new Set(await all)).toEqual(new Set(['changed']));
    expect(woken).toEqual(Array.from({ length: 100 }, (_, at) => `node-${at}`));
    // Nobody is left in it.
    expect(woken.filter((nodeId) => waiters.openInstance(parseNodeId(nodeId), 0) !== undefined)).toEqual([]);
  });

  it('lets a denial overtake: a waiter that is woken by name does not wait for its turn', async () => {
    const waiters = new Waiters();
    const { woken, all } = crowd(waiters, 1000);
    waiters.wakeAll();
    waiters.wakeOne(parseNodeId('node-999'));
    await turn();
    expect(woken).toContain('node-999');
    expect(woken.length).toBeLessThan(1000);
    await all;
  });

  it('does not wake a waiter that comes after the call', async () => {
    const waiters = new Waiters();
    const { all } = crowd(waiters, 50);
    waiters.wakeAll();
    const late = waiters.add(parseNodeId('late'), undefined);
    let reason: string | undefined;
    void late.woken.then((why) => {
      reason = why;
    });
    await all;
    await turn();
    expect(reason).toBeUndefined();
    waiters.close();
    await late.woken;
    expect(reason).toBe('closing');
  });

  it('wakes the remaining waiters with `closing` when the controller stops', async () => {
    const waiters = new Waiters();
    const { all } = crowd(waiters, 100);
    waiters.wakeAll();
    waiters.close();
    const reasons = await all;
    expect(reasons.filter((reason) => reason === 'closing').length).toBeGreaterThan(50);
    expect(reasons).toHaveLength(100);
  });

  it('wakes no more while there is no room for more answers, and a waiter by name nevertheless', async () => {
    let tellRoom = (): void => undefined;
    let room: Promise<void> | undefined;
    const waiters = new Waiters(() => room);
    const { woken, all } = crowd(waiters, 100);
    waiters.wakeAll();
    room = new Promise((resolve) => {
      tellRoom = resolve;
    });
    for (let turns = 0; turns < 10; turns++) await turn();
    const before = woken.length;
    expect(before).toBeGreaterThan(0);
    expect(before).toBeLessThan(50);
    waiters.wakeOne(parseNodeId('node-99'));
    await turn();
    expect(woken).toHaveLength(before + 1);
    room = undefined;
    tellRoom();
    await all;
    expect(woken).toHaveLength(100);
  });

  it('does nothing if nobody waits', () => {
    expect(() => new Waiters().wakeAll()).not.toThrow();
  });
});
