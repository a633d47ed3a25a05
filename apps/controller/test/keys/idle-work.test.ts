// Work that nobody waits for does not delay work that somebody waits for.

import { describe, expect, it } from 'vitest';
import { IdleWork } from '../../src/keys/idle-work.ts';

/** A fake event loop that a test turns. */
function someLoop() {
  let nowMs = 1_000;
  const turns: (() => void)[] = [];
  const timers: { atMs: number; fn: () => void }[] = [];
  const done: string[] = [];
  const idle = new IdleWork({
    nowMs: () => nowMs,
    nextTurn: (fn) => void turns.push(fn),
    later: (delayMs, fn) => void timers.push({ atMs: nowMs + delayMs, fn }),
  });
  return {
    idle,
    done,
    add: (name: string) => idle.add(() => void done.push(name)),
    turn: () => turns.splice(0).forEach((fn) => void fn()),
    wait: (ms: number) => {
      nowMs += ms;
      for (const timer of timers.splice(0)) {
        if (timer.atMs <= nowMs) timer.fn();
        else timers.push(timer);
      }
    },
    pending: () => turns.length + timers.length,
  };
}

describe('idle work', () => {
  it('is done one piece per turn, in order, and never at once', () => {
    const { add, done, turn, pending } = someLoop();
    for (const name of ['one', 'two', 'three']) add(name);
    expect(done).toEqual([]);
    turn();
    expect(done).toEqual(['one']);
    turn();
    add('four');
    turn();
    turn();
    expect(done).toEqual(['one', 'two', 'three', 'four']);
    expect(pending()).toBe(0);
  });

  it('waits while requests come in a burst, and continues 5 ms after the last', () => {
    const { idle, add, done, turn, wait } = someLoop();
    for (const name of ['one', 'two']) add(name);
    idle.putOff();
    turn();
    wait(4);
    idle.putOff();
    wait(4);
    turn();
    wait(0.5);
    expect(done).toEqual([]);
    wait(0.5);
    expect(done).toEqual(['one']);
    turn();
    expect(done).toEqual(['one', 'two']);
  });

  it('can be added while it is put off, without a second loop', () => {
    const { idle, add, done, turn, wait, pending } = someLoop();
    idle.putOff();
    add('one');
    add('two');
    expect(pending()).toBe(1);
    turn();
    expect(pending()).toBe(1);
    wait(5);
    expect([done, pending()]).toEqual([['one'], 1]);
  });
});
