import { FakeClock } from '@mesh/host/test-kit';
import { describe, expect, it } from 'vitest';
import { WallClockAlarm } from '../../src/schedule/wall-clock-alarm.ts';

const NOW = Date.UTC(2030, 0, 1);

function alarmOf(clock: FakeClock) {
  const rung: number[] = [];
  const alarm = new WallClockAlarm({ clock, timers: clock, longestWaitMs: 1_000 }, () =>
    rung.push(clock.nowMs() - NOW),
  );
  return { alarm, rung };
}

describe('an alarm', () => {
  it('rings at its moment', async () => {
    const clock = new FakeClock({ nowMs: NOW });
    const { alarm, rung } = alarmOf(clock);
    alarm.set(NOW + 300);
    await clock.advance(299);
    expect(rung).toEqual([]);
    await clock.advance(1);
    await clock.advance(5_000);
    expect(rung).toEqual([300]);
  });

  it('rings at once for a moment that is over, and not for none', async () => {
    const clock = new FakeClock({ nowMs: NOW });
    const { alarm, rung } = alarmOf(clock);
    alarm.set(undefined);
    await clock.advance(5_000);
    expect(rung).toEqual([]);
    alarm.set(NOW);
    await clock.advance(0);
    expect(rung).toEqual([5_000]);
  });

  it('rings for the earliest moment that it was set for, once', async () => {
    const clock = new FakeClock({ nowMs: NOW });
    const { alarm, rung } = alarmOf(clock);
    for (const atMs of [500, 200, 800]) alarm.set(NOW + atMs);
    await clock.advance(2_000);
    expect(rung).toEqual([200]);
    alarm.set(NOW + 2_100);
    await clock.advance(100);
    expect(rung).toEqual([200, 2_100]);
  });

  it('rings at the end of each part of a long wait, so a jump of the wall clock makes it late by a part at most', async () => {
    const clock = new FakeClock({ nowMs: NOW });
    const { alarm, rung } = alarmOf(clock);
    alarm.set(NOW + 3_600_000);
    await clock.advance(1_000);
    expect(rung).toEqual([1_000]);
  });

  it('waits at least as long as it is told to', async () => {
    const clock = new FakeClock({ nowMs: NOW });
    const { alarm, rung } = alarmOf(clock);
    alarm.set(NOW, 400);
    await clock.advance(399);
    expect(rung).toEqual([]);
    await clock.advance(1);
    expect(rung).toEqual([400]);
  });

  it('that is closed does not ring, and cannot be set', async () => {
    const clock = new FakeClock({ nowMs: NOW });
    const { alarm, rung } = alarmOf(clock);
    alarm.set(NOW + 100);
    alarm.close();
    alarm.set(NOW + 50);
    await clock.advance(1_000);
    expect(rung).toEqual([]);
  });
});
