import { expect, it } from 'vitest';
import { HostError, Nap } from '../src/index.ts';
import { FakeClock } from './kit/index.ts';

/** Starts a nap. The result says whether it has ended. */
function napping(ms: number) {
  const clock = new FakeClock();
  const nap = new Nap(clock);
  const stop = new AbortController();
  const take = () => {
    const state = { ended: false };
    nap.take(ms, stop.signal).then(() => {
      state.ended = true;
    });
    return state;
  };
  return { clock, nap, stop, take };
}

it('a nap ends at its time and not before', async () => {
  const { clock, take } = napping(1_000);
  const state = take();
  await clock.advance(999);
  expect(state.ended).toBe(false);
  await clock.advance(1);
  expect(state.ended).toBe(true);
});

it('a nap without a time ends when it is woken', async () => {
  const { clock, nap, take } = napping(Number.POSITIVE_INFINITY);
  const state = take();
  await clock.advance(3_600_000);
  expect(state.ended).toBe(false);
  nap.wake();
  await clock.advance(0);
  expect(state.ended).toBe(true);
});

it('a wake while the loop is busy ends the next nap at once', async () => {
  const { clock, nap, take } = napping(1_000);
  nap.arm();
  nap.wake();
  const state = take();
  await clock.advance(0);
  expect(state.ended).toBe(true);
});

it('a wake before the nap was armed has no effect', async () => {
  const { clock, nap, take } = napping(1_000);
  nap.wake();
  nap.arm();
  const state = take();
  await clock.advance(999);
  expect(state.ended).toBe(false);
});

it('a nap ends with its signal, even if the signal has already aborted', async () => {
  const { clock, stop, take } = napping(1_000);
  const state = take();
  stop.abort();
  await clock.advance(0);
  expect(state.ended).toBe(true);
  const late = take();
  await clock.advance(0);
  expect(late.ended).toBe(true);
});

it('a nap that is woken leaves no timer behind', async () => {
  const timers = new Set<number>();
  const nap = new Nap({
    setTimer: (delayMs) => {
      timers.add(delayMs);
      return () => void timers.delete(delayMs);
    },
  });
  const done = nap.take(1_000, new AbortController().signal);
  expect(timers.size).toBe(1);
  nap.wake();
  await done;
  expect(timers.size).toBe(0);
});

it('a time that is not a number is refused and does not end the nap', async () => {
  await expect(new Nap(new FakeClock()).take(Number.NaN, new AbortController().signal)).rejects.toThrow(
    HostError,
  );
});
