// The parts of the soak, each shared among processes that have meshes of their own.

import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { withFaults } from '@mesh/e2e';
import type { FailureReport } from '../../../../apps/controller/test/support/crash/power-failures.ts';
import type { KillReport } from '../../../../apps/controller/test/support/soak/kill-rounds.ts';
import { bundlePrograms } from '../../../../scripts/lib/bundle-programs.mjs';
import { runShare } from '../../run-share.ts';
import type { ScenarioResult, ScenarioRun } from '../../scenario.ts';
import type { SoakTask, WritesReport } from './soak-task.ts';

const KILLS = 1_000;
const QUICK_KILLS = 6;
/** A quick run looks at one write, or sync, in so many. */
const QUICK_WRITES = 40;
const QUICK_SYNCS = 20;
/** Without what keeps the claim, almost every image has a fault. */
const QUICK_SYNCS_WITHOUT = 100;
const TORN = 3;
const MOST_SHARES = 4;
const MAIN = join(import.meta.dirname, 'soak-main.ts');

type Run = Pick<ScenarioRun, 'quick' | 'without' | 'numbers' | 'say'>;

export async function losePower(run: Run): Promise<ScenarioResult> {
  const seed = seedOf(run);
  const quickly = run.without === undefined ? QUICK_SYNCS : QUICK_SYNCS_WITHOUT;
  const task: SoakTask = {
    part: 'power',
    failures: { every: run.quick ? quickly : 1, torn: run.quick ? 1 : TORN, seed },
  };
  const { syncs, images, faults } = await soak<FailureReport>(run, task, every(100, run, 'images'));
  return { ok: faults.length === 0, measured: { seed, syncs, images, faults: faults.slice(0, 20) } };
}

export async function killAtWrites(run: Run): Promise<ScenarioResult> {
  const shares = sharesOf(run);
  const step = run.quick ? QUICK_WRITES : 1;
  const said = together(every(50, run, 'kills at a write'));
  const reports = await Promise.all(
    Array.from({ length: shares }, (_, share) =>
      soak<WritesReport>(run, { part: 'writes', from: 1 + share * step, step: shares * step }, said()),
    ),
  );
  const faults = reports.flatMap((report) => report.faults);
  const calls = reports.flatMap((report) => Object.keys(report.kills));
  const kills = Object.fromEntries(
    calls.map((call) => [call, reports.reduce((sum, report) => sum + (report.kills[call] ?? 0), 0)]),
  );
  return { ok: faults.length === 0, measured: { kills, faults: faults.slice(0, 20) } };
}

export async function killAtRandom(run: Run): Promise<ScenarioResult> {
  const seed = seedOf(run);
  const shares = sharesOf(run);
  const kills = Math.ceil((run.numbers?.kills ?? (run.quick ? QUICK_KILLS : KILLS)) / shares);
  run.say(`${shares} × ${kills} kills, drawn with --seed ${seed}`);
  const said = together(every(50, run, 'kills'));
  const reports = await Promise.all(
    Array.from({ length: shares }, (_, share) =>
      soak<KillReport>(run, { part: 'kills', kills, seed: seed + share }, said()),
    ),
  );
  const sum = (value: (report: KillReport) => number): number =>
    reports.reduce((total, report) => total + value(report), 0);
  const faults = reports.flatMap((report) => report.faults);
  return {
    ok: faults.length === 0,
    measured: {
      seed,
      kills: sum((report) => report.kills),
      during_start: sum((report) => report.duringStart),
      answers: sum((report) => report.answers),
      entries: sum((report) => report.entries),
      faults,
    },
  };
}

/** The controllers of a part run from bundles, which start sooner; with a module replaced, from source. */
function soak<Report>({ without }: Run, task: SoakTask, onDone: (done: number) => void): Promise<Report> {
  const faults = without?.controller ?? [];
  return runShare<Report, { readonly done: number }>(
    {
      main: MAIN,
      args: [JSON.stringify(task), JSON.stringify(withFaults(faults))],
      env: { TEST_PROGRAMS: faults.length > 0 ? undefined : bundlePrograms() },
    },
    ({ done }) => onDone(done),
  );
}

const seedOf = ({ numbers }: Run): number => numbers?.seed ?? Date.now() % 2 ** 30;
const sharesOf = ({ quick }: Run): number => (quick ? 1 : Math.min(MOST_SHARES, availableParallelism()));

/** Says each time that another `step` are done. */
function every(step: number, { say }: Run, what: string): (done: number) => void {
  let next = step;
  return (done) => {
    if (done < next) return;
    next += step;
    say(`${done} ${what}`);
  };
}

/** Adds up what several shares have done. @returns what gives each share its own function */
function together(onDone: (done: number) => void): () => (done: number) => void {
  const shares: number[] = [];
  return () => {
    const share = shares.push(0) - 1;
    return (done) => {
      shares[share] = done;
      onDone(shares.reduce((sum, one) => sum + one, 0));
    };
  };
}
