// `npm run demo -- --dashboard`: the mesh keeps running, a person watches it in a browser and makes nodes
// misbehave, until the demo is told to end.

import { cpSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { buildDashboard, describeMissing, type LabProbe } from '@mesh/e2e';
import { bundlePrograms } from '../../../scripts/lib/bundle-programs.mjs';
import { type DemoMesh, withDemoMesh } from '../demo-mesh.ts';
import { EXIT } from '../exit-codes.ts';
import type { DemoOptions } from '../options.ts';
import type { Story } from '../story.ts';
import { describeScores, NAMES, untilMembership } from '../watch-mesh.ts';
import { createButtons } from './buttons.ts';
import { type Door, leadToController, portsOf } from './door.ts';

const LOOKS_EVERY_MS = 500;
/** Where the mesh's controller serves the dashboard. */
const PUBLIC_PORT = 8444;

export interface DashboardRun {
  readonly options: DemoOptions;
  readonly probe: LabProbe;
  readonly story: Story;
  readonly workDir: string;
  readonly door: Door;
}

/** Resolves with the exit code when the demo was told to end and everything has ended. */
export async function runDashboard(run: DashboardRun): Promise<number> {
  const { options, probe, story, workDir, door } = run;
  try {
    if (probe.mode === 'none' && !options.dryRun) {
      process.stderr.write(
        `demo: ${describeMissing(probe.missing, probe.remedies)}\nOr add --dry-run: everything but the tunnels.\n`,
      );
      return EXIT.noWireGuard;
    }
    const end = new AbortController();
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => end.abort());
    await withDemoMesh(
      { options, probe, story, workDir, makePrograms: () => programsWithDashboard(door), endsInOrder: true },
      (demo) => show(demo, run, end.signal),
    );
    return EXIT.ok;
  } finally {
    rmSync(door.folder, { recursive: true, force: true });
  }
}

/** A controller finds the dashboard beside its program. */
async function programsWithDashboard({ folder }: Door): Promise<string> {
  const programs = join(folder, 'programs');
  cpSync(bundlePrograms(), programs, { recursive: true });
  const built = await buildDashboard();
  try {
    cpSync(built.folder, join(programs, 'controller', 'dashboard'), { recursive: true });
  } finally {
    built.remove();
  }
  return programs;
}

async function show(
  demo: DemoMesh,
  { options, story, workDir, door }: DashboardRun,
  end: AbortSignal,
): Promise<void> {
  const { mesh, hosts } = demo;
  const ports = await portsOf(door);
  await leadToController(door, hosts.controller, PUBLIC_PORT);
  const { key } = await mesh.admin.createKey({ name: 'demo', role: 'operator' });
  writeFileSync(door.keyFile, `${key}\n`, { mode: 0o600 });
  const host = `127.0.0.1:${ports.buttons}`;
  const dashboardUrl = `https://127.0.0.1:${ports.controller}/dashboard/`;
  const buttons = createButtons({
    ...{ mesh, dashboardUrl, host },
    onPressed: (name, behaviour) => story.say(`${name}'s service is told to ${behaviour}`),
  });
  try {
    await new Promise<void>((resolve, reject) => {
      buttons.once('error', reject).listen(door.buttonsSocket, resolve);
    });
    story.say('the nodes measure themselves and earn admission');
    await Promise.race([
      ended(end),
      Promise.all(
        NAMES.map((name) => untilMembership(mesh, name, 'ALLOWED', 30_000 + options.epochSeconds * 2_000)),
      ),
    ]);
    if (end.aborted) return;
    story.chapter('The mesh is up, and stays up until Ctrl-C');
    story.say(`dashboard   ${dashboardUrl}`);
    story.say('            (your browser does not know who signed its certificate: go on)');
    story.say(`API key     in ${door.keyFile}`);
    story.say(`buttons     http://${host}/`);
    story.say(`meshctl     MESH_SOCKET=${join(workDir, 'controller', 'admin.sock')}`);
    for (const line of waysIn(demo)) story.say(line);
    await tellChanges(demo, story, end);
  } finally {
    story.say('ending everything');
    await closed(buttons);
  }
}

/** How to look at what WireGuard itself says on each host. */
function waysIn({ lab }: DemoMesh): string[] {
  if (lab === undefined) return ['tunnels     none: this is a dry run'];
  const user = lab.mode === 'rootless' ? '-U --preserve-credentials ' : '';
  return NAMES.map((name) => `host ${name}      nsenter -t ${lab.node(name).pid} ${user}-n -m wg show`);
}

/** Says who comes in and who is cut, until it is aborted. */
async function tellChanges({ mesh }: DemoMesh, story: Story, end: AbortSignal): Promise<void> {
  const told = new Map<string, string>();
  while (!end.aborted) {
    const { nodes } = await mesh.admin.nodes();
    for (const node of nodes) {
      const last = told.get(node.node_id);
      told.set(node.node_id, node.membership);
      if (last === undefined || last === node.membership) continue;
      const isIn = node.membership === 'ALLOWED';
      (isIn ? story.good : story.bad)(
        `${node.node_id} is ${isIn ? 'in again' : 'cut'} (${describeScores(node)}): ${node.reason}`,
      );
    }
    await setTimeout(LOOKS_EVERY_MS, undefined, { signal: end }).catch(() => undefined);
  }
}

const ended = (end: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (end.aborted) resolve();
    end.addEventListener('abort', () => resolve());
  });

function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
