// `npm run demo`: sets up the mesh, runs the story, and reports the measurements.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createLab,
  enterLab,
  type Lab,
  type LabProbe,
  type MeshHost,
  startMesh,
  startMeters,
} from '@mesh/e2e';
import { bundlePrograms } from '../../scripts/lib/bundle-programs.mjs';
import { HELP, parseOptions } from './options.ts';
import { Checks, type Report } from './report.ts';
import { playScenario } from './scenario.ts';
import { createStory, type Story } from './story.ts';
import type { NodeName } from './watch-mesh.ts';

const EXIT = { ok: 0, failed: 1, usage: 2, noWireGuard: 3 } as const;
const BENCHMARK_SECONDS = 2;
const HOSTS = ['controller', 'a', 'b', 'c'] as const;

const options = readOptions();
const NOT_ASKED_FOR: LabProbe = {
  mode: 'none',
  missing: ['tunnels, which --dry-run leaves out'],
  remedies: ['leave the flag out'],
};
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
  try {
    log = await play(workDir, checks);
  } catch (error) {
    failure = error instanceof Error ? error.message : String(error);
    story.bad(failure);
    checks.add('the story was played to its end', false, { error: failure });
  } finally {
    if (options.keep || failure !== undefined) story.say(`logs, databases and keys are in ${workDir}`);
    else rmSync(workDir, { recursive: true, force: true });
  }
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
  const lab =
    probe.mode === 'none'
      ? undefined
      : await createLab({ prefix: 'demo', nodes: HOSTS, subnet: '10.99.0.0/24', mode: probe.mode });
  try {
    if (lab === undefined) sayWhatIsMissing(story, probe);
    const hosts = stage(lab);
    story.say('building the programs');
    // From source, each run of a benchmark would cost five times as much.
    process.env.TEST_PROGRAMS = bundlePrograms();
    story.say('starting a controller and enrolling a, b and c');
    const mesh = await startMesh<NodeName>({
      controllerHost: hosts.controller,
      hosts: { a: hosts.a, b: hosts.b, c: hosts.c },
      workDir,
      epochSeconds: options.epochSeconds,
      benchmarkSeconds: BENCHMARK_SECONDS,
      tunnel: lab === undefined ? 'dry-run' : 'userspace',
      policy: { threshold: 0.7, floors: { refusal: 0.8 } },
    });
    try {
      const addresses = { a: mesh.node('a').address, b: mesh.node('b').address, c: mesh.node('c').address };
      const meters =
        lab === undefined
          ? undefined
          : () => startMeters<NodeName>(lab as unknown as Lab<NodeName>, { addresses });
      await playScenario({ mesh, story, checks, epochSeconds: options.epochSeconds, startMeters: meters });
      return (await mesh.log())
        .map(({ entry }) => entry)
        .filter((entry) => entry.node_id === 'c' && /^node_/.test(String(entry.type)));
    } finally {
      await mesh.stop();
    }
  } finally {
    await lab?.destroy();
  }
}

/** The hosts of the lab; without a lab, this machine for each of the four. */
function stage(lab: Lab<(typeof HOSTS)[number]> | undefined): Record<(typeof HOSTS)[number], MeshHost> {
  const host = (name: (typeof HOSTS)[number]): MeshHost =>
    lab?.node(name) ?? {
      name,
      address: '127.0.0.1',
      spawn: (command, args = [], spawnOptions = {}) => spawn(command, args, spawnOptions),
    };
  return { controller: host('controller'), a: host('a'), b: host('b'), c: host('c') };
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
