// `npm run demo`: sets up the mesh, runs the story, and reports the measurements.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { enterLab, type Lab, type LabProbe, startMeters } from '@mesh/e2e';
import { bundlePrograms } from '../../scripts/lib/bundle-programs.mjs';
import { openDoor } from './dashboard/door.ts';
import { runDashboard } from './dashboard/run-dashboard.ts';
import { withDemoMesh } from './demo-mesh.ts';
import { EXIT } from './exit-codes.ts';
import { HELP, parseOptions } from './options.ts';
import { Checks, type Report } from './report.ts';
import { playScenario } from './scenario.ts';
import { createStory, type Story } from './story.ts';
import type { NodeName } from './watch-mesh.ts';

const options = readOptions();
const NOT_ASKED_FOR: LabProbe = {
  mode: 'none',
  missing: ['tunnels, which --dry-run leaves out'],
  remedies: ['leave the flag out'],
};
const door = options.dashboard ? openDoor() : undefined;
const probe = options.dryRun ? NOT_ASKED_FOR : enterLab();
const story = createStory(options.json);
const startedAt = performance.now();
process.exitCode = await run();

function readOptions() {
  try {
    const parsed = parseOptions(process.argv.slice(2));
    if (parsed !== 'help') return parsed;
    process.stdout.write(HELP);
    process.exit(EXIT.ok);
  } catch (error) {
    process.stderr.write(`demo: ${error instanceof Error ? error.message : String(error)}\n\n${HELP}`);
    process.exit(EXIT.usage);
  }
}

async function run(): Promise<number> {
  const workDir = mkdtempSync(join(tmpdir(), 'aligned-mesh-demo-'));
  const checks = new Checks();
  let log: Report['log'] = [];
  let failure: string | undefined;
  let code: number = EXIT.failed;
  try {
    if (door !== undefined) code = await runDashboard({ options, probe, story, workDir, door });
    else log = await play(workDir, checks);
  } catch (error) {
    failure = error instanceof Error ? error.message : String(error);
    story.bad(failure);
    checks.add('the story was played to its end', false, { error: failure });
  } finally {
    if (options.keep || failure !== undefined) story.say(`logs, databases and keys are in ${workDir}`);
    else rmSync(workDir, { recursive: true, force: true });
  }
  if (door !== undefined) return code;
  const report: Report = {
    tunnels: probe.mode === 'none' ? 'none' : 'wireguard',
    ok: checks.ok,
    checks: checks.all,
    missing: probe.missing,
    log,
    seconds: Math.round((performance.now() - startedAt) / 100) / 10,
  };
  if (options.json) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  else sumUp(report);
  if (!report.ok) return EXIT.failed;
  return report.tunnels === 'none' ? EXIT.noWireGuard : EXIT.ok;
}

async function play(workDir: string, checks: Checks): Promise<Report['log']> {
  if (probe.mode === 'none') sayWhatIsMissing(story, probe);
  const makePrograms = bundlePrograms;
  return withDemoMesh({ options, probe, story, workDir, makePrograms }, async ({ mesh, lab }) => {
    const addresses = { a: mesh.node('a').address, b: mesh.node('b').address, c: mesh.node('c').address };
    const meters =
      lab === undefined
        ? undefined
        : () => startMeters<NodeName>(lab as unknown as Lab<NodeName>, { addresses });
    await playScenario({ mesh, story, checks, epochSeconds: options.epochSeconds, startMeters: meters });
    return (await mesh.log())
      .map(({ entry }) => entry)
      .filter((entry) => entry.node_id === 'c' && /^node_/.test(String(entry.type)));
  });
}

function sayWhatIsMissing(to: Story, { missing, remedies }: LabProbe): void {
  to.bad('WireGuard cannot run here: no tunnel is tested. Missing:');
  for (const [at, what] of missing.entries()) to.bad(`  ${what} — ${remedies[at] ?? ''}`);
  to.say('the rest is shown with --dry-run interfaces');
}

function sumUp(report: Report): void {
  if (report.log.length > 0) {
    story.chapter('What the log keeps of c (its scores stand there as commitments)');
    for (const entry of report.log as {
      index: number;
      at: string;
      type: string;
      epoch_id?: number;
      revealed?: { reason?: { code?: string } };
    }[]) {
      const detail = entry.revealed?.reason?.code;
      story.say(
        `#${String(entry.index).padEnd(4)} ${entry.at}  ${entry.type}${entry.epoch_id === undefined ? '' : `  epoch ${entry.epoch_id}`}${detail === undefined ? '' : `  (${detail})`}`,
      );
    }
  }
  story.chapter(report.ok ? 'All of it was observed:' : 'Not all of it was observed:');
  for (const check of report.checks) {
    const figures = Object.entries(check.measured).map(([name, value]) => `${name} ${String(value)}`);
    (check.ok ? story.good : story.bad)(
      `${check.name}${figures.length === 0 ? '' : ` (${figures.join(', ')})`}`,
    );
  }
  if (report.tunnels === 'none') story.bad('no tunnel was tested');
}
