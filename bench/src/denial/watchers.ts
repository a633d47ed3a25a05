// Starts the processes that hold the agents and talks to them.

import type { ChildProcess } from 'node:child_process';
import { endChild, forkMain } from '../fork-main.ts';
import type { WatcherReply, WatcherRequest, WatcherSetup } from './watcher-messages.ts';

export interface Watchers {
  /** Tells every process which removal comes next. */
  expect(nodeId: string): Promise<void>;
  /** When each agent had applied the expected removal, in monotonic nanoseconds. */
  removals(): Promise<bigint[]>;
  /** CPU time of all processes so far. */
  cpuMicros(): Promise<number>;
  stop(): Promise<void>;
}

/** Spreads the agents evenly. Resolves when every agent is connected. */
export async function startWatchers(processes: number, setup: WatcherSetup): Promise<Watchers> {
  const children = Array.from({ length: processes }, () =>
    forkMain(new URL('./watcher-main.ts', import.meta.url)),
  );
  const each = Math.ceil(setup.identities.length / processes);
  const ask = (requestOf: (at: number) => WatcherRequest, op: WatcherReply['op']) =>
    Promise.all(
      children.map((child, at) => {
        const answered = next(child, op);
        child.send(requestOf(at));
        return answered;
      }),
    );
  await ask((at) => {
    const identities = setup.identities.slice(at * each, (at + 1) * each);
    return { op: 'setup', setup: { ...setup, identities } };
  }, 'ready');
  let pending: Promise<WatcherReply[]> = Promise.resolve([]);
  return {
    expect: async (nodeId) => {
      await ask(() => ({ op: 'expect', nodeId }), 'expecting');
      // It listens from here on, because the first removal may come before the denial is answered.
      pending = Promise.all(children.map((child) => next(child, 'removed')));
    },
    removals: async () =>
      (await pending).flatMap((reply) => (reply.op === 'removed' ? reply.atNs.map(BigInt) : [])),
    cpuMicros: async () =>
      (await ask(() => ({ op: 'cpu' }), 'cpu')).reduce(
        (sum, reply) => sum + (reply.op === 'cpu' ? reply.micros : 0),
        0,
      ),
    stop: async () => {
      for (const child of children) await endChild(child);
    },
  };
}

/** The next reply, which must be of this kind. */
function next(child: ChildProcess, op: WatcherReply['op']): Promise<WatcherReply> {
  return new Promise((resolve, reject) => {
    const settle = (settled: () => void): void => {
      child.off('message', hear);
      child.off('exit', ended);
      settled();
    };
    const hear = (message: unknown): void => {
      const reply = message as WatcherReply;
      if (reply.op === op) settle(() => resolve(reply));
      else if (reply.op === 'failed') settle(() => reject(new Error(reply.message)));
    };
    const ended = (): void => settle(() => reject(new Error('a process with agents has ended')));
    child.on('message', hear);
    child.once('exit', ended);
  });
}
