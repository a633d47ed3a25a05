import { FakeClock } from '@mesh/host/test-kit';
import { defined } from '@mesh/primitives';
import { describe, expect, it } from 'vitest';
import { MeasureLoop } from '../../src/measure/measure-loop.ts';
import { MeasurementError } from '../../src/measure/result/measurement.ts';
import { silent } from '../support/agent-fixtures.ts';

describe('measuring on an interval', () => {
  it('submits successful measurements, and nothing of failed ones', async () => {
    const clock = new FakeClock();
    const stop = new AbortController();
    let round = 0;
    const log: string[] = [];
    const loop = new MeasureLoop(
      {
        source: {
          name: 'test',
          measure: async ({ challenge }) => {
            round += 1;
            if (round === 2) throw new MeasurementError('timeout', 'too slow');
            if (round === 3) throw new TypeError('a bug');
            return {
              measuredAtMs: 1,
              suiteVersion: 's',
              scores: { overall: round },
              ...defined({ challenge }),
            };
          },
        },
        intervalMs: () => 10_000,
        monotonicMs: () => clock.monotonicMs(),
        observe: () => undefined,
        jitter: 0.1,
        challenge: () => 'c',
        timers: clock,
        random: () => 0.5,
        logger: silent,
      },
      {
        measured: ({ scores, challenge }) => log.push(`measured ${scores.overall} ${challenge}`),
        failed: ({ code }) => log.push(`failed ${code}`),
      },
    );
    const done = loop.run(stop.signal);
    await clock.advance(0);
    expect(log).toEqual(['measured 1 c']);
    await clock.advance(30_000);
    expect(log).toEqual(['measured 1 c', 'failed timeout', 'failed failed', 'measured 4 c']);
    loop.measureNow();
    await clock.advance(0);
    expect(log).toHaveLength(5);
    stop.abort();
    await done;
  });

  it('reports a failure and continues if the challenge, the source or the sink throws', async () => {
    const clock = new FakeClock();
    const stop = new AbortController();
    const broken = new Set<string>();
    const log: string[] = [];
    const breakAt = (place: string) => {
      if (broken.has(place)) throw new TypeError(`a bug in ${place}`);
    };
    const loop = new MeasureLoop(
      {
        source: {
          name: 'test',
          // This throws before it returns a promise.
          measure: () => {
            breakAt('source');
            return Promise.resolve({ measuredAtMs: 1, suiteVersion: 's', scores: { overall: 1 } });
          },
        },
        intervalMs: () => 10_000,
        monotonicMs: () => clock.monotonicMs(),
        observe: () => undefined,
        jitter: 0,
        challenge: () => {
          breakAt('challenge');
          return undefined;
        },
        timers: clock,
        random: () => 0.5,
        logger: silent,
      },
      {
        measured: () => {
          breakAt('measured');
          log.push('measured');
        },
        failed: ({ code, message }) => {
          log.push(`${code}: ${message}`);
          breakAt('failed');
        },
      },
    );
    const next = async (...places: string[]) => {
      broken.clear();
      for (const place of places) broken.add(place);
      log.length = 0;
      await clock.advance(10_000);
      return [...log];
    };
    const done = loop.run(stop.signal);
    await clock.advance(0);
    expect(await next('challenge')).toEqual(['failed: a bug in challenge']);
    expect(await next('source')).toEqual(['failed: a bug in source']);
    expect(await next('measured')).toEqual(['failed: a bug in measured']);
    expect(await next('challenge', 'failed')).toEqual(['failed: a bug in challenge']);
    expect(await next()).toEqual(['measured']);
    stop.abort();
    await done;
  });
});
