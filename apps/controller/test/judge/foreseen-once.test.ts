// A command runs exactly twice, however many parts need to know what it does: when it is foreseen and when it
// is journalled.

import type { Command, CommandContext, MeshView } from '@mesh/membership';
import { done, refused } from '@mesh/membership';
import { parseEpochId } from '@mesh/primitives';
import { problem } from '@mesh/protocol';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { problemOf, runningMesh } from '../support/running-mesh.ts';

/** The arguments of each run of a benchmark's or a leave's command. */
const runs = vi.hoisted((): { view: MeshView; context: CommandContext }[] => []);

vi.hoisted(() => vi.resetModules());
afterAll(() => void vi.resetModules());

vi.mock('@mesh/membership', async (load) => {
  const real = await load<typeof import('@mesh/membership')>();
  const counted =
    (command: Command): Command =>
    (view, context) => {
      runs.push({ view, context });
      return command(view, context);
    };
  const submitBenchmark: typeof real.submitBenchmark = (submitted) =>
    counted(real.submitBenchmark(submitted));
  const leaveMesh: typeof real.leaveMesh = (message) => counted(real.leaveMesh(message));
  return { ...real, submitBenchmark, leaveMesh };
});
beforeEach(() => void runs.splice(0));

describe('the command of a message', () => {
  it.each([
    ['a good result', 0.9, 'ALLOWED'],
    ['a result that denies', 0.1, 'DENIED'],
  ])('runs exactly twice for %s: once to foresee, and once in the journal', async (_what, overall, then) => {
    await using mesh = await runningMesh(['node-a']);
    const { view } = mesh.controller.running.services;
    runs.splice(0);
    expect((await mesh.node('node-a').submit(overall)).membership).toBe(then);
    expect(runs).toHaveLength(2);
    expect(runs[0]?.view).toBe(view);
    expect(runs[1]?.view).not.toBe(view);
  });

  it('runs exactly twice when it is refused, and for a leave', async () => {
    await using mesh = await runningMesh(['node-a']);
    runs.splice(0);
    await problemOf(mesh.node('node-a').submit(0.9, { sequence: 1 }));
    expect(runs).toHaveLength(2);
    await mesh.node('node-a').leave();
    expect(runs).toHaveLength(4);
  });

  it('that is refused for its rate runs once: it is not journalled', async () => {
    await using mesh = await runningMesh(['node-a'], {
      limits: { node_per_minute: 4, address_per_minute: 1_000 },
    });
    const node = mesh.node('node-a');
    let code = '';
    let before = 0;
    while (code !== 'rate_limited') {
      before = runs.length;
      code = await node.submit(0.9).then(
        () => '',
        (error: { problem: { code: string } }) => error.problem.code,
      );
    }
    expect(runs).toHaveLength(before + 1);
  });
});

describe('the judge', () => {
  /**
   * A command that denies `node-a` only from its second run on, as if the state had changed after the first.
   */
  const lateDenial = (epochId = parseEpochId(1)) => {
    const command = vi.fn<Command>((view) => {
      const node = view.node('node-a');
      if (node === undefined) return refused(problem('node_unknown', 'there is no node-a'));
      if (command.mock.calls.length === 1) return done([]);
      return done([{ type: 'node_denied', nodeId: node.nodeId, epochId, reason: { code: 'revoked' } }]);
    });
    return command;
  };

  it('uses what was foreseen if nothing was awaited since', async () => {
    await using mesh = await runningMesh(['node-a']);
    const { judge } = mesh.controller.running.services;
    const command = lateDenial();
    await judge.run(judge.foresee(command));
    expect(command).toHaveBeenCalledTimes(2);
  });

  it('foresees again after an await, so that the denial is still ahead of the disk', async () => {
    await using mesh = await runningMesh(['node-a']);
    const { judge, standing, view } = mesh.controller.running.services;
    const isAllowed = () => standing(view.node('node-a') as never).allowed;
    const command = lateDenial();
    const foreseen = judge.foresee(command);
    await Promise.resolve();
    const running = judge.run(foreseen);
    expect(isAllowed()).toBe(false);
    expect(view.node('node-a')?.membership).toBe('admitted');
    await running;
    expect(command).toHaveBeenCalledTimes(3);
    expect(view.node('node-a')?.membership).toBe('denied');
  });
});
