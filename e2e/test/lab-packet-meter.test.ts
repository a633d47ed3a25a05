// The packet meter: its arithmetic on hand-made logs, and its two ends on a real network.
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import {
  countLoss,
  createLab,
  type Lab,
  type ReceivedPacket,
  type SentPacket,
  startMeter,
  startMeters,
  summarise,
} from '../lab/index.ts';

/** Packets 0…n-1, sent every 20 ms from 1000 on. */
const sentLog = (count: number): SentPacket[] =>
  Array.from({ length: count }, (_, seq) => ({ seq, atMs: 1000 + seq * 20 }));
const arrival = (seq: number, delayMs = 1): ReceivedPacket => ({
  seq,
  sentAtMs: 1000 + seq * 20,
  atMs: 1000 + seq * 20 + delayMs,
});

describe('summarise', () => {
  it('counts a stream without loss', () => {
    expect(summarise(sentLog(3), [arrival(0), arrival(1), arrival(2)])).toEqual({
      sent: 3,
      onTime: 3,
      late: 0,
      lost: 0,
      pending: 0,
      sendErrors: 0,
      sendErrorCodes: {},
      duplicates: 0,
      reordered: 0,
      longestGapMs: 20,
      firstReceivedMs: 1001,
      lastReceivedMs: 1041,
      lastSentMs: 1040,
    });
  });

  it('counts lost, duplicate and reordered packets separately', () => {
    const received = [arrival(0), arrival(2), arrival(1, 30), arrival(2, 35), arrival(2, 36), arrival(5)];
    expect(summarise(sentLog(6), received)).toMatchObject({
      onTime: 4,
      lost: 2,
      duplicates: 2,
      reordered: 1,
    });
  });

  it.each([
    [1999, { onTime: 1, late: 0 }],
    [2000, { onTime: 1, late: 0 }],
    [2001, { onTime: 0, late: 1 }],
  ])('takes a packet that arrives after %i ms as %o', (delayMs, expected) => {
    expect(summarise(sentLog(1), [arrival(0, delayMs)])).toMatchObject({ ...expected, lost: 0 });
  });

  it('counts refused packets by errno, not as sent and not as lost', () => {
    const log = [
      ...sentLog(2),
      { seq: 2, atMs: 1040, error: 'EPERM' },
      { seq: 3, atMs: 1060, error: 'ENETUNREACH' },
      { seq: 4, atMs: 1080, error: 'EPERM' },
    ];
    expect(summarise(log, [arrival(0)])).toMatchObject({
      sent: 2,
      lost: 1,
      sendErrors: 3,
      sendErrorCodes: { EPERM: 2, ENETUNREACH: 1 },
    });
  });

  it.each([
    [{ fromMs: 1020 }, 3],
    [{ fromMs: 1021 }, 2],
    [{ toMs: 1060 }, 3],
    [{ toMs: 1061 }, 4],
    [{ fromMs: 1020, toMs: 1040 }, 1],
  ])('takes packets by the time of sending: %o holds %i', (window, sent) => {
    expect(
      summarise(
        sentLog(4),
        [0, 1, 2, 3].map((seq) => arrival(seq, 500)),
        window,
      ),
    ).toMatchObject({
      sent,
      onTime: sent,
    });
  });

  it('does not count packets as lost that may still arrive', () => {
    expect(summarise(sentLog(3), [arrival(0)], { nowMs: 3020 })).toMatchObject({ pending: 2, lost: 0 });
    expect(summarise(sentLog(3), [arrival(0)], { nowMs: 3021 })).toMatchObject({ pending: 1, lost: 1 });
    expect(summarise(sentLog(3), [arrival(0)])).toMatchObject({ pending: 0, lost: 2 });
  });

  it.each([
    ['in the middle', [0, 1, 8, 9], 140],
    ['at the start', [6, 7, 8, 9], 121],
    ['at the end', [0, 1, 2], 139],
    ['throughout', [], 180],
  ])('finds a silence %s', (_, arrived, gapMs) => {
    expect(
      summarise(
        sentLog(10),
        arrived.map((seq) => arrival(seq)),
      ).longestGapMs,
    ).toBe(gapMs);
  });

  it('counts an arrival as sent even if the sender was killed before it could log it', () => {
    expect(summarise(sentLog(1), [arrival(0), arrival(1)])).toMatchObject({ sent: 2, onTime: 2, lost: 0 });
  });

  it('counts nothing in an empty window', () => {
    const empty = summarise(sentLog(3), [arrival(0)], { fromMs: 5000 });
    expect(empty).toMatchObject({ sent: 0, lost: 0, longestGapMs: undefined, lastReceivedMs: undefined });
  });

  it('counts every packet, with the logs in any order', () => {
    const received = fc.array(fc.record({ seq: fc.nat(19), delayMs: fc.nat(4000) }));
    fc.assert(
      fc.property(received, fc.integer({ min: 0, max: 5000 }), (arrivals, nowMs) => {
        const log = arrivals.map(({ seq, delayMs }) => arrival(seq, delayMs));
        const stats = summarise(sentLog(20), log, { nowMs });
        expect(stats.onTime + stats.late + stats.lost + stats.pending).toBe(20);
        expect(stats.onTime + stats.late + stats.duplicates).toBe(log.length);
        const reversed = summarise(sentLog(20).reverse(), log, { nowMs });
        expect(reversed).toEqual(stats);
      }),
    );
  });
});

describe('startMeter', () => {
  const open: Lab<string>[] = [];
  const lab = async () => {
    const created = await createLab({ prefix: 'meter-test', nodes: ['a', 'b', 'c'] });
    open.push(created as unknown as Lab<string>);
    return created;
  };
  afterEach(async () => {
    await Promise.all(open.splice(0).map((created) => created.destroy()));
  });

  it('loses nothing on a healthy network, between all pairs at once', async () => {
    const { node, nodes, ...rest } = await lab();
    const addresses = { a: node('a').address, b: node('b').address, c: node('c').address };
    const meters = await startMeters({ node, nodes, ...rest }, { addresses, rate: 200 });
    expect(meters.all).toHaveLength(6);
    await expect
      .poll(() => meters.all.every((meter) => meter.window().onTime >= 100), { timeout: 20_000 })
      .toBe(true);
    await meters.stop();
    for (const meter of meters.all) {
      expect(meter.window()).toMatchObject({ lost: 0, late: 0, pending: 0, sendErrors: 0, duplicates: 0 });
    }
  });

  it('sees a cut, its length and its end', async () => {
    const created = await lab();
    const options = { address: created.node('b').address, rate: 100, lateAfterMs: 500 };
    const meter = await startMeter(created, 'a', 'b', options);
    await expect.poll(() => meter.window().onTime, { timeout: 10_000 }).toBeGreaterThan(50);
    await created.cut('b');
    const cutAtMs = performance.timeOrigin + performance.now();
    const untilMs = cutAtMs + 500;
    await expect.poll(() => meter.window(untilMs).sent, { timeout: 10_000 }).toBeGreaterThan(0);
    // Nothing has overtaken the packets of the cut, so they may be on their way.
    expect(meter.isSettled(cutAtMs, untilMs)).toBe(false);
    await created.heal('b');
    const healedAtMs = performance.timeOrigin + performance.now();
    await expect.poll(() => meter.window(healedAtMs).onTime, { timeout: 10_000 }).toBeGreaterThan(10);
    const cut = await countLoss([meter], cutAtMs, untilMs);
    expect(meter.isSettled(cutAtMs, untilMs)).toBe(true);
    expect(cut.sent).toBeGreaterThan(0);
    expect(cut.lost).toBe(cut.sent);
    const whole = await meter.stop();
    expect(meter.window(cutAtMs, untilMs).onTime).toBe(0);
    expect(meter.isComplete(cutAtMs, untilMs)).toBe(false);
    expect(meter.isComplete(-Infinity, cutAtMs - 200)).toBe(true);
    // Packets that are not sent yet cannot have arrived.
    expect(meter.isComplete(-Infinity, Date.now() + 60_000)).toBe(false);
    expect(meter.window(-Infinity, cutAtMs - 200)).toMatchObject({ lost: 0, sendErrors: 0 });
    expect(whole.longestGapMs).toBeGreaterThan(450);
    expect(whole.sent).toBe(whole.onTime + whole.late + whole.lost);
  });

  it('goes on when a host has no route for a while, and counts what the kernel refused', async () => {
    const created = await lab();
    const a = created.node('a');
    const meter = await startMeter(created, 'a', 'b', { address: created.node('b').address, rate: 100 });
    await expect.poll(() => meter.window().onTime, { timeout: 10_000 }).toBeGreaterThan(20);
    await a.exec('ip', ['link', 'set', 'eth0', 'down']);
    await expect.poll(() => meter.window().sendErrors, { timeout: 10_000 }).toBeGreaterThan(10);
    await a.exec('ip', ['link', 'set', 'eth0', 'up']);
    await expect.poll(() => meter.window(Date.now() - 200).onTime, { timeout: 10_000 }).toBeGreaterThan(5);
    const { sendErrorCodes } = await meter.stop();
    expect(sendErrorCodes).toHaveProperty('ENETUNREACH');
  });

  it('goes on when a firewall refuses packets at the sender', async () => {
    const created = await lab();
    const a = created.node('a');
    const meter = await startMeter(created, 'a', 'b', { address: created.node('b').address, rate: 100 });
    await expect.poll(() => meter.window().onTime, { timeout: 10_000 }).toBeGreaterThan(20);
    const table =
      'table inet t {\nchain c {\ntype filter hook output priority 0; udp dport 7000 drop\n}\n}\n';
    await a.exec('nft', ['-f', '-'], { input: table });
    await expect
      .poll(() => meter.window().sendErrorCodes.EPERM ?? 0, { timeout: 10_000 })
      .toBeGreaterThan(10);
    await a.exec('nft', ['delete', 'table', 'inet', 't']);
    await expect.poll(() => meter.window(Date.now() - 200).onTime, { timeout: 10_000 }).toBeGreaterThan(5);
    expect((await meter.stop()).lost).toBe(0);
  });

  it('receives again when its address goes away and comes back, and waits for a missing address', async () => {
    const created = await lab();
    const b = created.node('b');
    await created.node('a').exec('ip', ['route', 'add', '10.9.0.0/24', 'dev', 'eth0']);
    const starting = startMeter(created, 'a', 'b', { address: '10.9.0.2', rate: 100 });
    await expect.poll(() => b.processes().length, { timeout: 10_000 }).toBe(1);
    await b.exec('ip', ['addr', 'add', '10.9.0.2/24', 'dev', 'eth0']);
    const meter = await starting;
    await expect.poll(() => meter.window().onTime, { timeout: 10_000 }).toBeGreaterThan(20);
    await b.exec('ip', ['addr', 'del', '10.9.0.2/24', 'dev', 'eth0']);
    const goneAtMs = Date.now();
    await expect.poll(() => meter.window(goneAtMs).sent, { timeout: 10_000 }).toBeGreaterThan(30);
    await b.exec('ip', ['addr', 'add', '10.9.0.2/24', 'dev', 'eth0']);
    await expect.poll(() => meter.window(Date.now() - 200).onTime, { timeout: 10_000 }).toBeGreaterThan(5);
    await meter.stop();
  });
});
