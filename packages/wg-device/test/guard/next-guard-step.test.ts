// The guard's next step at each boundary of its times.

import { parseCidr } from '@mesh/wg';
import { describe, expect, it } from 'vitest';
import { elementsOf, NOBODY } from '../../src/guard/guard-elements.ts';
import { type Applied, nextGuardStep, type Wanted } from '../../src/guard/next-guard-step.ts';

const peers = (...hosts: string[]) =>
  elementsOf([{ addresses: hosts.map((host) => parseCidr(`${host}/32`)) }]);

const ONE = peers('10.44.0.1');
const TWO = peers('10.44.0.1', '10.44.0.2');
const VERIFY_MS = 5_000;

const wanted = (over: Partial<Wanted> = {}): Wanted => ({ elements: ONE, endsAtBootMs: 120_000, ...over });

/** Applied at 0 for two minutes: a renewal is due when ten seconds have passed. */
const applied = (over: Partial<Applied> = {}): Applied => ({
  ...wanted(),
  sinceBootMs: 0,
  structure: '',
  verifiedAtMs: 0,
  ...over,
});

const at = (ms: number, renewedAtMs = Number.NEGATIVE_INFINITY) => ({
  bootMs: ms,
  monotonicMs: ms,
  renewedAtMs,
});

const stepOf = (...[asked, now, moment]: [Wanted | undefined, Applied | undefined, ReturnType<typeof at>]) =>
  nextGuardStep(asked, now, moment, VERIFY_MS);

describe('the next step of the guard', () => {
  it('is to wait for ever while nothing is asked for', () => {
    expect(stepOf(undefined, undefined, at(0))).toEqual({ kind: 'wait', ms: Number.POSITIVE_INFINITY });
  });

  it('is to write everything where the kernel is not known', () => {
    expect(stepOf(wanted(), undefined, at(0))).toEqual({ kind: 'write', wanted: wanted() });
  });

  it('is a change where other peers are wanted, before anything else', () => {
    const asked = wanted({ elements: TWO, endsAtBootMs: 500_000 });
    expect(stepOf(asked, applied(), at(60_000))).toMatchObject({ kind: 'change', wanted: asked });
  });

  it.each([
    ['a millisecond before the lease ends', 119_999, ONE],
    ['when the lease ends', 120_000, NOBODY],
    ['after it has ended', 130_000, NOBODY],
  ])('%s lets pass whom it should', (_when, bootMs, elements) => {
    expect(stepOf(wanted(), undefined, at(bootMs))).toMatchObject({ kind: 'write', wanted: { elements } });
  });

  it('takes everybody out when the lease ends', () => {
    expect(stepOf(wanted(), applied(), at(120_000))).toMatchObject({
      kind: 'change',
      wanted: { elements: NOBODY },
    });
  });

  it.each([
    ['a millisecond before a sixth of the time has passed', 19_999, 'wait'],
    ['when a sixth has passed', 20_000, 'renew'],
  ])('for a longer lease is, %s, to %s', (_when, ms, kind) => {
    const fresh = applied({ verifiedAtMs: ms });
    expect(stepOf(wanted({ endsAtBootMs: 180_000 }), fresh, at(ms)).kind).toBe(kind);
  });

  it.each([
    ['longer by 20 ms', 120_020, 'wait'],
    ['longer by 21 ms', 120_021, 'renew'],
    ['shorter by 20 ms', 119_980, 'wait'],
    ['shorter by 21 ms', 119_979, 'renew'],
  ])('for a lease that is %s is to %s', (_by, endsAtBootMs, kind) => {
    const fresh = applied({ verifiedAtMs: 20_000 });
    expect(stepOf(wanted({ endsAtBootMs }), fresh, at(20_000)).kind).toBe(kind);
  });

  it('is a renewal at once for a shorter lease, also right after another renewal', () => {
    const asked = wanted({ endsAtBootMs: 60_000 });
    expect(stepOf(asked, applied(), at(100, 99)).kind).toBe('renew');
  });

  it.each([
    [999, { kind: 'wait', ms: 1 }],
    [1_000, { kind: 'renew' }],
  ])('%i ms after a renewal is no sooner than the gap between two allows', (sinceMs, step) => {
    const fresh = applied({ verifiedAtMs: 20_000 });
    const moment = at(20_000, 20_000 - sinceMs);
    expect(stepOf(wanted({ endsAtBootMs: 180_000 }), fresh, moment)).toMatchObject(step);
  });

  it.each([
    [4_999, { kind: 'wait', ms: 1 }],
    [5_000, { kind: 'verify' }],
  ])('%i ms after the last look at the table is due as the interval says', (ms, step) => {
    expect(stepOf(wanted(), applied(), at(ms))).toMatchObject(step);
  });

  it('of a guard that lets nobody pass is never a renewal', () => {
    const nobody = { elements: NOBODY };
    const fresh = applied({ ...nobody, verifiedAtMs: 60_000 });
    expect(stepOf(wanted({ ...nobody, endsAtBootMs: 180_000 }), fresh, at(60_000))).toEqual({
      kind: 'wait',
      ms: VERIFY_MS,
    });
  });
});
