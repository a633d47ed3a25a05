// An ordinary restart of the agent or of the controller is not an error: nobody should get an alarm.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Mesh, startMesh, until } from '../lab/index.ts';
import { freePorts } from './support/free-ports.ts';
import { HERE } from './support/this-machine.ts';

let workDir: string;
let mesh: Mesh<'a'>;

beforeAll(async () => {
  workDir = mkdtempSync(join(tmpdir(), 'quiet-restart-'));
  mesh = await startMesh({
    controllerHost: HERE,
    hosts: { a: HERE },
    workDir,
    epochSeconds: 2,
    benchmarkSeconds: 2,
    tunnel: 'dry-run',
    ports: await freePorts(),
  });
});

afterAll(async () => {
  await mesh?.stop();
  rmSync(workDir, { recursive: true, force: true });
});

/** Resolves when the node is in because of a benchmark that came after this time. */
const untilIn = (sinceMs: number) =>
  until('the node is in', 40_000, async () => {
    const node = await mesh.admin.node('a').catch(() => undefined);
    const benchmark = Date.parse(node?.last_benchmark?.timestamp ?? '');
    return node?.membership === 'ALLOWED' && benchmark > sinceMs ? true : undefined;
  });

/** The lines in the logs of both programs at one of these levels. */
function lines(...levels: readonly string[]): string[] {
  return readdirSync(workDir)
    .filter((name) => name.endsWith('.log'))
    .flatMap((name) => readFileSync(join(workDir, name), 'utf8').split('\n'))
    .filter((line) => levels.some((level) => line.includes(`"level":"${level}"`)));
}

it('leaves no line at level error, in whichever order the programs are started again', async () => {
  await untilIn(0);
  for (let round = 0; round < 2; round++) {
    await mesh.node('a').agent.stop();
    await mesh.node('a').restartAgent();
    await untilIn(Date.now());
    await mesh.controller.stop();
    await mesh.restartController();
    await untilIn(Date.now());
    await mesh.controller.stop();
    await mesh.node('a').agent.stop();
    await mesh.node('a').restartAgent();
    await mesh.restartController();
    await untilIn(Date.now());
  }
  // Positive control: the function finds lines of a level that occurs.
  expect(lines('info').filter((line) => line.includes('agent started')).length).toBeGreaterThan(4);
  expect(lines('error', 'fatal')).toEqual([]);
});
