import { FakeClock } from '@mesh/host/test-kit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addClockSample, type ClockWindow, estimateClock } from '../../src/clock/clock-offset.ts';
import { ControllerClock } from '../../src/clock/controller-clock.ts';

const sample = (sentAtMs: number, rttMs: number, offsetMs: number, share = 0.5) => ({
  sentAtMs,
  receivedAtMs: sentAtMs + rttMs,
  serverTimeMs: sentAtMs + rttMs * share + offsetMs,
});

describe('the estimate of the clock offset', () => {
  it('is undefined before the first exchange', () => {
    expect(estimateClock([])).toBeUndefined();
  });

  it('is that of the shortest round trip', () => {
    let window: ClockWindow = [];
    window = addClockSample(window, sample(0, 400, 10_000, 0.9));
    window = addClockSample(window, sample(1_000, 10, 10_000));
    window = addClockSample(window, sample(2_000, 300, 10_000, 0.1));
    expect(estimateClock(window)).toEqual({ offsetMs: 10_000, uncertaintyMs: 15 });
  });

  it('forgets exchanges older than five minutes', () => {
    const old = addClockSample([], sample(0, 2, 1_000));
    expect(estimateClock(addClockSample(old, sample(299_952, 50, 1_020)))?.uncertaintyMs).toBe(11);
    expect(estimateClock(addClockSample(old, sample(299_953, 50, 1_020)))?.uncertaintyMs).toBe(35);
  });

  it('follows a clock that was set: samples that contradict the newest answer are dropped', () => {
    const before = addClockSample([], sample(0, 2, 1_000));
    const after = addClockSample(before, sample(10_000, 80, 3_601_000));
    expect(estimateClock(after)?.offsetMs).toBe(3_601_000);
  });

  it('ignores an exchange that ends before it begins, and one without a time', () => {
    expect(addClockSample([], { sentAtMs: 5, receivedAtMs: 4, serverTimeMs: 1 })).toEqual([]);
    expect(addClockSample([], { sentAtMs: 5, receivedAtMs: 6, serverTimeMs: Number.NaN })).toEqual([]);
  });

  it('is never off by more than its uncertainty, however asymmetric the two ways are', () => {
    const exchange = fc.record({
      rttMs: fc.integer({ min: 0, max: 5_000 }),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(
        fc.array(exchange, { minLength: 1, maxLength: 40 }),
        fc.integer({ min: -1e9, max: 1e9 }),
        (all, offsetMs) => {
          let window: ClockWindow = [];
          for (const [index, { rttMs, share }] of all.entries()) {
            window = addClockSample(window, sample(index * 6_000, rttMs, offsetMs, share));
          }
          const estimate = estimateClock(window);
          expect(Math.abs((estimate?.offsetMs ?? Number.NaN) - offsetMs)).toBeLessThanOrEqual(
            (estimate?.uncertaintyMs ?? 0) + 1e-6,
          );
        },
      ),
    );
  });
});

describe("the controller's clock", () => {
  it('is the wall clock before the first answer', () => {
    const clock = new FakeClock({ nowMs: 1_000 });
    expect(new ControllerClock(clock).nowMs()).toBe(1_000);
    expect(new ControllerClock(clock).offset()).toBeUndefined();
  });

  it("is not affected when this machine's wall clock is set, and shows how far that is off", async () => {
    const clock = new FakeClock({ nowMs: 1_000_000 });
    const controllerClock = new ControllerClock(clock);
    await controllerClock.measure(
      async () => 'answer',
      () => 1_002_000,
    );
    clock.jumpWall(3_600_000);
    await clock.advance(500);
    expect(controllerClock.nowMs()).toBe(1_002_500);
    expect(controllerClock.offset()?.offsetMs).toBe(2_000 - 3_600_000);
    expect(controllerClock.fromWallMs(clock.nowMs() - 100)).toBe(1_002_400);
  });

  it('continues while the machine sleeps', async () => {
    const clock = new FakeClock({ nowMs: 1_000_000 });
    const controllerClock = new ControllerClock(clock);
    await controllerClock.measure(
      async () => 'answer',
      () => 1_000_000,
    );
    clock.suspend(60_000);
    expect(controllerClock.nowMs()).toBe(1_060_000);
  });

  it('reports that it was set, but not the first estimate or a more precise one', () => {
    const clock = new FakeClock({ nowMs: 1_000_000 });
    const controllerClock = new ControllerClock(clock);
    let set = 0;
    controllerClock.onSet(() => {
      set += 1;
    });
    const learn = (serverTimeMs: number, roundTripMs: number) => {
      const receivedAtMs = clock.bootMs();
      controllerClock.learn({ serverTimeMs, sentAtMs: receivedAtMs - roundTripMs, receivedAtMs });
    };
    learn(9_000_000, 1_500);
    learn(9_000_100, 20);
    expect(set).toBe(0);
    expect([9_000_110 + 2_000, 9_000_110 + 2_001].map((told) => controllerClock.contradicts(told))).toEqual([
      false,
      true,
    ]);
    learn(9_000_100 + 3_600_000, 20);
    expect(set).toBe(1);
    expect(controllerClock.nowMs()).toBe(9_000_110 + 3_600_000);
    learn(9_000_100, 20);
    expect(set).toBe(2);
  });
});
