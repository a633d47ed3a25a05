import { FakeClock } from '@mesh/host/test-kit';
import { expect, it } from 'vitest';
import { LatestConfig } from '../../src/engine/one-interface/latest-config.ts';
import { renewedLease } from '../../src/lease/lease.ts';
import { heldConfig, publicKeyOf } from '../support/plan-fixtures.ts';

function heard(leaseSeconds?: number) {
  const clock = new FakeClock();
  const lease = leaseSeconds === undefined ? undefined : renewedLease(clock.bootMs(), leaseSeconds);
  return { clock, state: new LatestConfig(clock, lease, () => publicKeyOf('own')) };
}

it('the end of a lease is news once, and again after another lease', async () => {
  const { clock, state } = heard(1);
  expect(state.noteEnd()).toBe(false);
  await clock.advance(999);
  expect(state.noteEnd()).toBe(false);
  await clock.advance(1);
  expect([state.noteEnd(), state.noteEnd()]).toEqual([true, false]);
  state.take(renewedLease(clock.bootMs(), 1), undefined);
  await clock.advance(1_000);
  expect(state.noteEnd()).toBe(true);
});

it('the end of a lease is expected while the lease holds, and not if it was over from the start', async () => {
  const { clock, state } = heard(1);
  await clock.advance(400);
  expect(state.endsInMs()).toBe(600);
  expect(heard().state.endsInMs()).toBe(Number.POSITIVE_INFINITY);
  expect(heard(-1).state.noteEnd()).toBe(false);
});

it('a lease without a config keeps the config that is held, and its age', async () => {
  const { clock, state } = heard();
  const config = heldConfig(['a'], []);
  state.take(renewedLease(clock.bootMs(), 10), config);
  await clock.advance(300);
  state.take(renewedLease(clock.bootMs(), 10), undefined);
  expect(state.config).toBe(config);
  expect(state.ageMs()).toBe(300);
});

it('a config has no age before it arrives, once everything in it is done, and once its lease has ended', async () => {
  const { clock, state } = heard();
  expect(state.ageMs()).toBeNull();
  state.take(renewedLease(clock.bootMs(), 10), heldConfig(['a'], []));
  state.settled();
  expect(state.ageMs()).toBeNull();
  state.take(renewedLease(clock.bootMs(), 10), heldConfig(['a'], []));
  await clock.advance(10_000);
  expect(state.ageMs()).toBe(10_000);
  state.noteEnd();
  expect(state.ageMs()).toBeNull();
});
