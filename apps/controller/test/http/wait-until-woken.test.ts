// A query that has ended once gives its place up to its answer. Whatever would end it again, such as a caller
// that hangs up later, must not take the place back: nothing would free it then.

import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { Timers } from '@mesh/host';
import { parseNodeId } from '@mesh/primitives';
import { describe, expect, it } from 'vitest';
import { HangUp } from '../../src/http/respond/hang-up.ts';
import { waitUntilWoken } from '../../src/http/respond/wait-until-woken.ts';
import { Waiters } from '../../src/publish/waiters.ts';

const nodeId = parseNodeId('node-a');
const INSTANCE = 'instance-one';
const NOW_MS = 10;

/** @param before how many other queries wait already */
function waiting(before = 0) {
  const waiters = new Waiters();
  for (let other = 0; other < before; other++) waiters.add(parseNodeId(`other-${other}`), undefined);
  const response = new ServerResponse(new IncomingMessage(new Socket()));
  let timeOut = () => {};
  const timers: Timers = {
    setTimer: (_ms, fn) => {
      timeOut = fn;
      return () => {};
    },
  };
  const waiter = waiters.add(nodeId, INSTANCE);
  const ended = waitUntilWoken({ waiters, timers }, waiter, 25_000, new HangUp(response));
  return {
    waiters,
    ended,
    hangUp: () => response.emit('close'),
    timeOut: () => timeOut(),
    instance: () => waiters.openInstance(nodeId, NOW_MS)?.instanceId,
  };
}

describe('a query that waits', () => {
  it('keeps its place while it is answered, however it ended', async () => {
    const woken = waiting();
    woken.waiters.wakeOne(nodeId);
    expect(await woken.ended).toBe('changed');
    expect(woken.instance()).toBe(INSTANCE);
    const late = waiting();
    late.timeOut();
    expect(await late.ended).toBe('timeout');
    expect(late.instance()).toBe(INSTANCE);
  });

  it('does not take its place back when its caller hangs up after its connection has ended', async () => {
    const { waiters, ended, hangUp, instance } = waiting();
    waiters.wakeOne(nodeId);
    await ended;
    waiters.noteAnswered(nodeId, INSTANCE, NOW_MS);
    waiters.noteGone(nodeId, INSTANCE);
    hangUp();
    expect(instance()).toBeUndefined();
  });

  it('does not take its place back when its turn comes after its time is over', async () => {
    const { waiters, ended, timeOut, instance } = waiting(100);
    const last = waiters.add(parseNodeId('node-z'), undefined);
    waiters.wakeAll();
    timeOut();
    expect(await ended).toBe('timeout');
    waiters.noteGone(nodeId, INSTANCE);
    expect(await last.woken).toBe('changed');
    expect(instance()).toBeUndefined();
  });
});
