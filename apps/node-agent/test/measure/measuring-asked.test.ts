// What a controller asks of a node's measuring: more often, within bounds, from the answer on.

import { FakeClock } from '@mesh/host/test-kit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { serviceSignals } from '../../src/measure/child/service-signals.ts';
import { MeasureLoop } from '../../src/measure/measure-loop.ts';
import { LEAST_INTERVAL_MS, MeasuringAsked } from '../../src/measure/measuring-asked.ts';
import type { Measurement } from '../../src/measure/result/measurement.ts';
import { silent } from '../support/agent-fixtures.ts';

const OWN_MS = 30_000;

/** A loop that measures without taking time, and says when. */
function measuring(observed: object | undefined = undefined) {
  const clock = new FakeClock();
  const startMs = clock.monotonicMs();
  const at: number[] = [];
  const measured: Measurement[] = [];
  const asked = new MeasuringAsked(OWN_MS, () => loop.paceChanged());
  const loop = new MeasureLoop(
    {
      source: {
        name: 'test',
        measure: async () => ({
          measuredAtMs: 1,
          suiteVersion: 's',
          scores: { overall: 1 },
          signals: { latency_ms: 7 },
        }),
      },
      intervalMs: () => asked.intervalMs(),
      monotonicMs: () => clock.monotonicMs(),
      observe: () => (asked.wantsSignals && observed !== undefined ? Promise.resolve(observed) : undefined),
      jitter: 0,
      challenge: () => undefined,
      timers: clock,
      random: () => 0.5,
      logger: silent,
    },
    {
      measured: (measurement) => {
        at.push((clock.monotonicMs() - startMs) / 1_000);
        measured.push(measurement);
      },
      failed: () => undefined,
    },
  );
  const stop = new AbortController();
  const done = loop.run(stop.signal);
  onTestFinished(async () => {
    stop.abort();
    await done;
  });
  return { clock, asked, at, measured };
}

describe('a node that is asked to measure more often', () => {
  it('does so at once, counted from its last measurement, until it is not asked any more', async () => {
    const { clock, asked, at } = measuring();
    await clock.advance(4_000);
    asked.heard({ interval_ms: 10_000 });
    await clock.advance(26_000);
    expect(at).toEqual([0, 10, 20, 30]);
    asked.heard(undefined);
    await clock.advance(60_000);
    expect(at).toEqual([0, 10, 20, 30, 60, 90]);
  });

  it('measures now if the new interval is over already', async () => {
    const { clock, asked, at } = measuring();
    await clock.advance(12_000);
    asked.heard({ interval_ms: 10_000 });
    await clock.advance(0);
    expect(at).toEqual([0, 12]);
  });

  it('does not put a measurement off by hearing the same again', async () => {
    const { clock, asked, at } = measuring();
    for (let second = 0; second < 30; second++) {
      await clock.advance(1_000);
      asked.heard({ interval_ms: 10_000 });
    }
    expect(at).toEqual([0, 10, 20, 30]);
  });

  // The attack: a controller that was taken over makes nodes flood their own services, or stops their
  // measuring.
  it.each([
    ['far too often', 1, LEAST_INTERVAL_MS],
    ['less often than it is set to', 3_600_000, OWN_MS],
  ])('does not measure %s', (_what, intervalMs, expected) => {
    const asked = new MeasuringAsked(OWN_MS, () => undefined);
    asked.heard({ interval_ms: intervalMs });
    expect(asked.intervalMs()).toBe(expected);
  });
  it('keeps its own interval if that is shorter than the bound', () => {
    const asked = new MeasuringAsked(1_000, () => undefined);
    asked.heard({ interval_ms: 1 });
    expect(asked.intervalMs()).toBe(1_000);
  });
});

describe('what a node says beside its scores', () => {
  it('is observed only where it is wanted', async () => {
    const { clock, asked, measured } = measuring({ handshakes: 0.5 });
    await clock.advance(0);
    asked.heard({ signals: true });
    await clock.advance(OWN_MS);
    asked.notUnderstood();
    await clock.advance(OWN_MS);
    expect(measured.map(({ signals }) => signals)).toEqual([
      { latency_ms: 7 },
      { latency_ms: 7, handshakes: 0.5 },
      { latency_ms: 7 },
    ]);
  });

  it.each([
    [[30, 10, 20], 20],
    [[10, 20], 15],
    [[], undefined],
  ])('has the median of the times of the answers (%#)', (times, latency) => {
    const { latency_ms, error_rate } = serviceSignals(times, [{}, { problem: 'timeout' }]);
    expect([latency_ms, error_rate]).toEqual([latency, 0.5]);
  });
});
