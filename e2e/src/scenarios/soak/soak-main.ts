// One share of the soak, in a process of its own. `node soak-main.ts TASK FAULTS`, both JSON; a line of JSON
// for progress, and one at the end.

import type { withFaults } from '@mesh/e2e';
import { failPower } from '../../../../apps/controller/test/support/crash/power-failures.ts';
import { recordRun } from '../../../../apps/controller/test/support/crash/record-run.ts';
import {
  BOUNDARY_CALLS,
  killAtBoundary,
  prepareBoundaries,
} from '../../../../apps/controller/test/support/soak/kill-boundaries.ts';
import { killRounds } from '../../../../apps/controller/test/support/soak/kill-rounds.ts';
import type { SoakTask, WritesReport } from './soak-task.ts';

const [taskText = '', faultsText = ''] = process.argv.slice(2);
const task = JSON.parse(taskText) as SoakTask;
const { nodeArgs, env } = JSON.parse(faultsText) as ReturnType<typeof withFaults>;
const say = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);
const onDone = (done: number): void => say({ done });

async function killAtWrites({ from, step }: Extract<SoakTask, { part: 'writes' }>): Promise<WritesReport> {
  const kills: Record<string, number> = {};
  const faults: string[] = [];
  let done = 0;
  await using prepared = await prepareBoundaries();
  for (const call of BOUNDARY_CALLS) {
    kills[call] = 0;
    for (let when = from, isReached = true; isReached; when += step) {
      const report = await killAtBoundary(prepared, call, when);
      ({ isReached } = report);
      faults.push(...report.faults);
      if (isReached) kills[call] += 1;
      onDone(++done);
    }
  }
  return { kills, faults };
}

/** What runs a controller with faults: it becomes Node with the same process id. */
const under = nodeArgs.length === 0 ? [] : ['env', `NODE_OPTIONS=${nodeArgs.join(' ')}`, ...variablesOf(env)];

function variablesOf(variables: Readonly<Record<string, string>>): string[] {
  return Object.entries(variables).map(([name, value]) => `${name}=${value}`);
}

switch (task.part) {
  case 'power':
    say({
      result: await failPower(recordRun({ nodeArgs, env }), { ...task.failures, onProgress: onDone }),
    });
    break;
  case 'writes':
    say({ result: await killAtWrites(task) });
    break;
  case 'kills':
    say({ result: await killRounds({ ...task, under, onKill: onDone }) });
    break;
}
