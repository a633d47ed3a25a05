// Erasures go on until nothing is left, also where the disk refuses for a while; details that have become too
// old are erased at the start and once a day.

import { createLogger } from '@mesh/host';
import { FakeClock, waitUntil } from '@mesh/host/test-kit';
import type { Command, CommandContext, MeshEvent, MeshView } from '@mesh/membership';
import { describe, expect, it } from 'vitest';
import { Erasures } from '../../src/schedule/erasures.ts';
import type { EraserState } from '../../src/store/details-eraser.ts';

const DAY_MS = 86_400_000;
const NOW = Date.UTC(2030, 0, 10);

/** One entry a day since 1970; an eraser that answers what it is told to. */
function start(
  keptDays: number | undefined,
  answers: (EraserState | Error)[] = [],
  firstEntryFrom = (atMs: number) => Math.floor(atMs / DAY_MS),
) {
  const clock = new FakeClock({ nowMs: NOW });
  const events: MeshEvent[] = [];
  const dropped: number[] = [];
  let expiredBefore = 0;
  const erasures = new Erasures({
    eraser: {
      eraseSome: () => {
        const answer = answers.shift() ?? 'done';
        if (answer instanceof Error) throw answer;
        return answer;
      },
      get pending() {
        return answers.length;
      },
    },
    keptDays,
    toldDays: 30,
    dropTold: (before) => {
      dropped.push(before);
      return dropped.length % 2 === 1;
    },
    firstEntryFrom,
    expiredBefore: () => expiredBefore,
    judge: {
      run: async (command: Command) => {
        const done = command({} as MeshView, {} as CommandContext).events;
        for (const event of done) if (event.type === 'details_expired') expiredBefore = event.before;
        events.push(...done);
        return done;
      },
    },
    clock,
    timers: clock,
    logger: createLogger({ destination: { write: () => {} } }),
  });
  erasures.start();
  return { clock, erasures, events, answers, dropped };
}

describe('erasures', () => {
  it('go on piece by piece, wait for a reader, and try again what the disk refused', async () => {
    const { clock, erasures, answers } = start(undefined, [
      'more',
      'more',
      'waiting',
      new Error('disk'),
      'more',
    ]);
    await waitUntil('the reader is waited for', () => answers.length === 2);
    await clock.advance(1_000);
    await waitUntil('the disk has refused', () => answers.length === 1);
    await clock.advance(1_000);
    await erasures.work();
    expect(answers).toEqual([]);
    await erasures.close();
  });

  it('begin with a commit that asks for one, and with no other', async () => {
    const { erasures, answers } = start(undefined);
    await erasures.work();
    answers.push('more');
    erasures.onCommit([{ type: 'controller_started', version: '1' }]);
    expect(answers).toEqual(['more']);
    erasures.onCommit([{ type: 'details_expired', before: 1, keptDays: 1 }]);
    await waitUntil('it has begun', () => answers.length === 0);
    await erasures.close();
  });

  it('go on after the next result of a node, and when one is deleted', async () => {
    const { erasures, answers } = start(undefined);
    for (const type of ['benchmark_accepted', 'node_deleted'] as const) {
      await erasures.work();
      answers.push('more');
      erasures.onCommit([{ type } as MeshEvent]);
      await waitUntil('it goes on', () => answers.length === 0);
    }
    await erasures.close();
  });

  it('end their wait at the close', async () => {
    const { erasures, answers } = start(undefined, ['waiting', 'more']);
    await waitUntil('it waits', () => answers.length === 1);
    await erasures.close();
    expect(answers).toEqual(['more']);
  });
});

describe('details that are kept for some days', () => {
  it('expire at the start and once a day, and for ever they never do', async () => {
    const { clock, erasures, events } = start(3);
    const today = Math.floor(NOW / DAY_MS);
    expect(events).toEqual([{ type: 'details_expired', before: today - 3, keptDays: 3 }]);
    await clock.advance(DAY_MS);
    expect(events.slice(1)).toEqual([{ type: 'details_expired', before: today - 2, keptDays: 3 }]);
    await erasures.close();
    await clock.advance(DAY_MS);
    expect(events).toHaveLength(2);
    const never = start(undefined);
    await never.clock.advance(2 * DAY_MS);
    expect(never.events).toEqual([]);
    await never.erasures.close();
  });

  it('are those of what nodes were told, too, until nothing of it is left', async () => {
    const { clock, erasures, dropped } = start(undefined);
    const before = Math.floor(NOW / DAY_MS) - 30;
    await waitUntil('all of it is dropped', () => dropped.length === 2);
    await clock.advance(DAY_MS);
    await waitUntil('that of the next day is', () => dropped.length === 4);
    expect(dropped).toEqual([before, before, before + 1, before + 1]);
    await erasures.close();
  });

  it('expire a day later where the log cannot be read now', async () => {
    // Each day it is looked for twice: for details, and for what nodes were told.
    const faults = Array.from({ length: 4 }, () => new Error('disk I/O error'));
    const { clock, erasures, events } = start(3, [], (atMs) => {
      const fault = faults.shift();
      if (fault !== undefined) throw fault;
      return Math.floor(atMs / DAY_MS);
    });
    await clock.advance(DAY_MS);
    expect([faults, events]).toEqual([[], []]);
    await clock.advance(DAY_MS);
    expect(events).toMatchObject([{ type: 'details_expired', keptDays: 3 }]);
    await erasures.close();
  });
});
