// The machine's clocks and timers, and the fake ones that other tests use.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createSystemClock, sleep, systemClock, systemTimers } from '../src/index.ts';
import { FakeClock } from './kit/index.ts';
import { errorOf } from './support/error-of.ts';
import { temporaryDirectory } from './support/temporary-directory.ts';

const directory = temporaryDirectory();

describe('the system clock', () => {
  it('reads the wall clock, and a boot clock that agrees with the kernel’s uptime', () => {
    const before = Date.now();
    expect(systemClock.nowMs()).toBeGreaterThanOrEqual(before);
    const uptimeMs = Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]) * 1_000;
    expect(systemClock.bootMs()).toBeGreaterThanOrEqual(uptimeMs - 0.001);
    expect(systemClock.bootMs()).toBeLessThan(uptimeMs + 10_000);
  });

  it('never goes back', () => {
    for (const read of [systemClock.monotonicMs, systemClock.bootMs]) {
      const values = Array.from({ length: 200 }, () => read());
      expect(values).toEqual([...values].sort((a, b) => a - b));
    }
  });

  it('reads the uptime with its two decimals at each call', () => {
    const path = join(directory, 'uptime');
    writeFileSync(path, '12345.67 999.00\n');
    const clock = createSystemClock(path);
    expect(clock.bootMs()).toBe(12_345_670);
    writeFileSync(path, '12345.68 999.00\n');
    expect(clock.bootMs()).toBe(12_345_680);
  });

  it('goes on from the last uptime while the file cannot be read', () => {
    const path = join(directory, 'uptime-lost');
    writeFileSync(path, '99999.00 999.00\n');
    const clock = createSystemClock(path);
    writeFileSync(path, '100000.00 999.00\n');
    const read = clock.bootMs();
    writeFileSync(path, '');
    expect(clock.bootMs()).toBeGreaterThanOrEqual(read);
    expect(clock.bootMs()).toBeLessThan(read + 60_000);
  });

  it.each([
    ['no such file', undefined],
    ['nonsense', 'hello'],
    ['nothing', ''],
  ])('falls back to the monotonic clock if uptime is %s', (_, content) => {
    const path = join(directory, `uptime-${content}`);
    if (content !== undefined) writeFileSync(path, content);
    const clock = createSystemClock(path);
    const before = clock.monotonicMs();
    const boot = clock.bootMs();
    expect(boot).toBeGreaterThanOrEqual(before);
    expect(boot).toBeLessThanOrEqual(clock.monotonicMs());
  });
});

describe('system timers', () => {
  afterEach(() => vi.useRealTimers());

  it('fire once, and not when cancelled', async () => {
    const fired: string[] = [];
    systemTimers.setTimer(0, () => fired.push('cancelled'))();
    await new Promise<void>((resolve) => {
      systemTimers.setTimer(-5, () => fired.push('past'));
      systemTimers.setTimer(2, () => {
        fired.push('due');
        resolve();
      });
    });
    expect(fired).toEqual(['past', 'due']);
  });

  it.each([2 ** 31 - 2, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 90 * 86_400_000])(
    'of %i ms fire at that time, neither at once nor late',
    (delayMs) => {
      vi.useFakeTimers();
      let fired = 0;
      systemTimers.setTimer(delayMs, () => {
        fired += 1;
      });
      vi.advanceTimersByTime(delayMs - 1);
      expect(fired).toBe(0);
      vi.advanceTimersByTime(2);
      expect(fired).toBe(1);
      vi.advanceTimersByTime(delayMs);
      expect(fired).toBe(1);
    },
  );

  it('of a great length can be cancelled after their first part; endless ones never fire', () => {
    vi.useFakeTimers();
    let fired = 0;
    const cancel = systemTimers.setTimer(2 ** 32, () => {
      fired += 1;
    });
    const cancelEndless = systemTimers.setTimer(Number.POSITIVE_INFINITY, () => {
      fired += 1;
    });
    vi.advanceTimersByTime(2 ** 31 + 5);
    cancel();
    vi.advanceTimersByTime(2 ** 34);
    expect(fired).toBe(0);
    cancelEndless();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('in the background do not keep the process alive', () => {
    const active = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    const before = active();
    const cancelBackground = systemTimers.setTimer(60_000, () => {}, { background: true });
    expect(active()).toBe(before);
    const cancel = systemTimers.setTimer(60_000, () => {});
    expect(active()).toBe(before + 1);
    cancel();
    cancelBackground();
  });

  it('refuse NaN', () => {
    expect(errorOf(() => systemTimers.setTimer(Number.NaN, () => {})).code).toBe('invalid_argument');
    expect(errorOf(() => new FakeClock().setTimer(Number.NaN, () => {})).code).toBe('invalid_argument');
  });
});

describe('sleep', () => {
  it('ends with its time, or with the signal’s reason and without a timer left', async () => {
    const clock = new FakeClock();
    const slept: string[] = [];
    void sleep(clock, 10).then(() => slept.push('ten'));
    await clock.advance(9);
    expect(slept).toEqual([]);
    await clock.advance(1);
    expect(slept).toEqual(['ten']);

    const abort = new AbortController();
    const reason = new Error('stop');
    const sleeping = expect(sleep(clock, 10, abort.signal)).rejects.toBe(reason);
    abort.abort(reason);
    await sleeping;
    expect(clock.pendingTimers).toBe(0);
    await expect(sleep(clock, 10, abort.signal)).rejects.toBe(reason);
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('the fake clock', () => {
  it('stands still until advanced, then moves all three clocks', async () => {
    const clock = new FakeClock({ nowMs: 100, monotonicMs: 10, bootMs: 50 });
    await clock.advance(0);
    expect([clock.nowMs(), clock.monotonicMs(), clock.bootMs()]).toEqual([100, 10, 50]);
    await clock.advance(7);
    expect([clock.nowMs(), clock.monotonicMs(), clock.bootMs()]).toEqual([107, 17, 57]);
  });

  it('runs timers by their time, then by the order in which they were set, each at its own instant', async () => {
    const clock = new FakeClock({ nowMs: 0 });
    const fired: string[] = [];
    for (const [name, delay] of [
      ['c', 30],
      ['a', 10],
      ['b1', 20],
      ['b2', 20],
      ['late', 31],
    ] as const) {
      clock.setTimer(delay, () => fired.push(`${name}@${clock.nowMs()}`));
    }
    clock.setTimer(15, () => fired.push('never'))();
    expect(clock.nextTimerInMs).toBe(10);
    await clock.advance(30);
    expect(fired).toEqual(['a@10', 'b1@20', 'b2@20', 'c@30']);
    expect(clock.pendingTimers).toBe(1);
    expect(clock.nextTimerInMs).toBe(1);
  });

  it('includes timers that are set meanwhile, also by promises and immediates', async () => {
    const clock = new FakeClock({ nowMs: 0 });
    const fired: number[] = [];
    const again = async () => {
      fired.push(clock.nowMs());
      await Promise.resolve();
      await new Promise((resolve) => setImmediate(resolve));
      if (fired.length < 5) clock.setTimer(10, () => void again());
    };
    clock.setTimer(10, () => void again());
    await clock.advance(35);
    expect(fired).toEqual([10, 20, 30]);
    await clock.advance(100);
    expect(fired).toEqual([10, 20, 30, 40, 50]);
  });

  it('jumps only the wall clock, and suspends without firing', async () => {
    const clock = new FakeClock({ nowMs: 0, monotonicMs: 0, bootMs: 0 });
    let fired = 0;
    clock.setTimer(10, () => {
      fired += 1;
    });
    clock.jumpWall(-1_000);
    clock.suspend(500);
    expect([clock.nowMs(), clock.monotonicMs(), clock.bootMs(), fired]).toEqual([-500, 0, 500, 0]);
    await clock.advance(10);
    expect([clock.monotonicMs(), fired]).toEqual([10, 1]);
  });

  it('never fires an endless timer and passes a timer’s error on', async () => {
    const clock = new FakeClock();
    clock.setTimer(Number.POSITIVE_INFINITY, () => {
      throw new Error('never');
    });
    await clock.advance(1e12);
    expect(clock.nextTimerInMs).toBeUndefined();
    clock.setTimer(1, () => {
      throw new Error('bug');
    });
    await expect(clock.advance(1)).rejects.toThrow('bug');
  });
});
