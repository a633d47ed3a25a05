// The queue of one receiver: order, tries, bounds.

import { createLogger } from '@mesh/host';
import { FakeClock, waitUntil } from '@mesh/host/test-kit';
import { describe, expect, it } from 'vitest';
import type { QueuedAlert } from '../../src/alerts/alert.ts';
import type { Delivery, Receiver } from '../../src/alerts/receiver.ts';
import { MOST_WAITING, ReceiverQueue } from '../../src/alerts/receiver-queue.ts';

const entry = (index: number, event: 'cut' | 'flood' = 'cut'): QueuedAlert => ({
  position: { kind: 'entry', index },
  alert: { id: `entry_${index}`, event, status: 'event', severity: 'info', atMs: 0, summary: 'x' },
});
const failed: Delivery = { kind: 'failed', why: 'HTTP 503' };
const delivered: Delivery = { kind: 'delivered', answer: 'HTTP 204' };

/** A receiver that answers as it is told, and a queue for it. */
function scene(answer: (id: string, signal: AbortSignal) => Delivery | Promise<Delivery>) {
  const clock = new FakeClock({ nowMs: 1_000_000 });
  const told: string[] = [];
  const lines: string[] = [];
  const receiver: Receiver = {
    name: 'ops',
    kind: 'webhook',
    target: 'a.example (json)',
    events: ['cut'],
    timeoutMs: 10_000,
    deliver: async ({ id }, _dropped, signal) => {
      told.push(id);
      return answer(id, signal);
    },
  };
  const queue = new ReceiverQueue(
    receiver,
    { nextIndex: 0, lastFinding: 0, dropped: 0 },
    {
      clock,
      timers: clock,
      random: () => 0.5,
      logger: createLogger({ destination: { write: (line) => void lines.push(line) } }),
      moved: () => undefined,
    },
  );
  return { clock, told, lines, queue };
}

describe('a queue', () => {
  it('tells its receiver in order, of what it wants and of nothing twice', async () => {
    const { queue, told } = scene(() => delivered);
    for (const index of [1, 2, 3]) queue.offer(entry(index));
    queue.offer(entry(4, 'flood'));
    await waitUntil('three alerts', () => queue.status.delivered === 3);
    queue.offer(entry(2));
    expect(told).toEqual(['entry_1', 'entry_2', 'entry_3']);
    expect(queue.place).toEqual({ nextIndex: 4, lastFinding: 0, dropped: 0 });
    expect(queue.status.pending).toBe(0);
  });

  it('tries again, less and less often, and passes nothing that was not taken', async () => {
    let left = 3;
    const { queue, told, clock, lines } = scene(() => (left-- > 0 ? failed : delivered));
    queue.offer(entry(1));
    queue.offer(entry(2));
    for (const [tries, waitMs] of [
      [1, 750],
      [2, 1_500],
      [3, 3_000],
    ] as const) {
      await waitUntil(`try ${tries}`, () => queue.status.failures === tries);
      expect(queue.place.nextIndex).toBe(0);
      expect(queue.status.failing).toEqual({ sinceMs: 1_000_000, why: 'HTTP 503' });
      await clock.advance(waitMs - 1);
      expect(told).toHaveLength(tries);
      await clock.advance(1);
    }
    await waitUntil('both', () => queue.status.delivered === 2);
    expect(told).toEqual(['entry_1', 'entry_1', 'entry_1', 'entry_1', 'entry_2']);
    expect(queue.status.failing).toBeUndefined();
    expect(lines.filter((line) => line.includes('does not take alerts'))).toHaveLength(1);
    expect(lines.filter((line) => line.includes('takes alerts again'))).toHaveLength(1);
  });

  it('waits as long as the receiver asks, but five minutes at most', async () => {
    const { queue, told, clock } = scene(() => ({ ...failed, waitMs: 86_400_000 }) as Delivery);
    queue.offer(entry(1));
    await waitUntil('a try', () => queue.status.failures === 1);
    await clock.advance(299_999);
    expect(told).toHaveLength(1);
    await clock.advance(1);
    await waitUntil('another try', () => queue.status.failures === 2);
  });

  it('drops the oldest and counts them where too many wait', async () => {
    const { queue, clock, told } = scene(() => failed);
    for (let index = 0; index < MOST_WAITING + 3; index += 1) queue.offer(entry(index));
    await waitUntil('a try', () => queue.status.failures === 1);
    expect(queue.status).toMatchObject({ pending: MOST_WAITING, dropped: 3 });
    queue.offer(entry(MOST_WAITING + 3));
    expect(queue.status).toMatchObject({ pending: MOST_WAITING, dropped: 4 });
    await clock.advance(1_000);
    // The first was on its way when three behind it were dropped; then it was the oldest.
    await waitUntil('the next try', () => told.length === 2);
    expect(told).toEqual(['entry_0', 'entry_4']);
  });

  it('drops what the receiver refuses as it is, after five tries, and goes on', async () => {
    const { queue, clock } = scene((id) =>
      id === 'entry_1' ? { kind: 'failed', why: 'HTTP 413', isRefused: true } : delivered,
    );
    queue.offer(entry(1));
    queue.offer(entry(2));
    for (const [tries, waitMs] of [
      [1, 750],
      [2, 1_500],
      [3, 3_000],
      [4, 6_000],
      [5, 12_000],
    ] as const) {
      await waitUntil(`try ${tries}`, () => queue.status.failures === tries);
      expect(queue.status.dropped).toBe(tries < 5 ? 0 : 1);
      await clock.advance(waitMs);
    }
    await waitUntil('the second', () => queue.status.delivered === 1);
    expect(queue.place).toEqual({ nextIndex: 3, lastFinding: 0, dropped: 1 });
  });

  it('ends a try that takes too long, and every try when it is closed', async () => {
    const { queue, clock } = scene(
      (_, signal) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => resolve({ kind: 'failed', why: String(signal.reason) }));
        }),
    );
    queue.offer(entry(1));
    await clock.advance(10_000);
    await waitUntil('the failure', () => queue.status.failures === 1);
    expect(queue.status.failing?.why).toContain('no end within 10 s');
    const test = queue.try(entry(9).alert);
    await Promise.resolve();
    queue.close();
    expect(await test).toMatchObject({ why: expect.stringContaining('the controller stops') });
  });
});
