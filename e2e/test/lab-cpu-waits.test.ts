// The wait for a core, as the kernel counts it: two programs on one core wait for each other, and a program
// that sleeps waits for nothing.

import { type ChildProcess, spawn } from 'node:child_process';
import { afterEach, expect, it } from 'vitest';
import { CpuWaits, until } from '../lab/index.ts';

const started: ChildProcess[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});

function start(command: string, ...args: readonly string[]): number {
  const child = spawn(command, args, { stdio: 'ignore' });
  started.push(child);
  return child.pid ?? 0;
}
const startBusy = () => start('taskset', '-c', '0', 'sh', '-c', 'while :; do :; done');

it('grows for programs that want one core at the same time, and not for one that sleeps', async () => {
  const fromMs = Date.now();
  const [one, other, idle] = [startBusy(), startBusy(), start('sleep', '600')];
  using waits = new CpuWaits(() => [one, other, idle]);
  await until('both to have waited', 60_000, () => {
    const toMs = Date.now();
    const both = [one, other].map((pid) => waits.waitedMs([pid], fromMs, toMs));
    return Math.min(...both) > 200 ? true : undefined;
  });
  const toMs = Date.now();
  // However busy the machine is: a program cannot wait longer than it runs.
  expect(waits.waitedMs([one], fromMs, toMs)).toBeLessThanOrEqual(toMs - fromMs + 100);
  const [busy, sleeping] = [waits.waitedMs([one], fromMs, toMs), waits.waitedMs([idle], fromMs, toMs)];
  expect(sleeping).toBeLessThan(busy);
  expect(waits.waitedMs([one, other], fromMs, toMs)).toBeGreaterThan(busy);
});

it('is 0 for a program that does not exist: nothing is subtracted then', () => {
  using waits = new CpuWaits(() => [2 ** 22 + 1]);
  expect(waits.waitedMs([2 ** 22 + 1], 0, Date.now())).toBe(0);
});
