// When the last probes to a peer are a figure, and what is said where they are none.

import { type PathHealth, type ProbedPath, pathHealth } from '@mesh/wg';
import { describe, expect, it } from 'vitest';

const good: ProbedPath = { sent: 20, answered: 19, rttMs: 12, worstRttMs: 30, ageMs: 20_000 };
const times = { intervalMs: 10_000, oldAfterMs: 20_000 };
const health = (changed: Partial<ProbedPath> = {}) => pathHealth({ ...good, ...changed }, times);

describe('a path', () => {
  it('is measured by enough probes, of which one was answered, and whose newest is not old', () => {
    expect(health()).toEqual({ ...good, state: 'measured', loss: 0.05 });
    expect(health({ sent: 5, answered: 1 })).toMatchObject({ state: 'measured', loss: 0.8 });
  });

  it.each([
    ['too_few', { sent: 4, answered: 4 }],
    ['too_few', { sent: 4, answered: 0 }],
    ['no_answer', { sent: 5, answered: 0, rttMs: undefined, worstRttMs: undefined }],
    ['old', { ageMs: 20_001 }],
    ['old', { ageMs: 20_001, sent: 20, answered: 0 }],
  ] as const)('is %s with %j, and then there are no figures', (state, changed) => {
    const { sent, answered, ageMs } = { ...good, ...changed };
    expect(health(changed)).toEqual({
      ...{ state, sent, answered, ageMs },
      ...{ loss: undefined, rttMs: undefined, worstRttMs: undefined },
    } satisfies PathHealth);
  });

  it('is not known before the first probe, and off where there is none', () => {
    expect(pathHealth(undefined, times)).toMatchObject({ state: 'too_few', sent: 0, loss: undefined });
    expect(pathHealth(undefined, { intervalMs: 0, oldAfterMs: 0 })).toMatchObject({ state: 'off' });
    expect(pathHealth(good, { ...times, intervalMs: 0 })).toMatchObject({ state: 'off', rttMs: undefined });
  });
});
