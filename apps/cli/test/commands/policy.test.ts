// meshctl policy against a real controller, and how it shows the trial of a policy on nodes.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseNodeId } from '@mesh/primitives';
import type { PolicyTrial } from '@mesh/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { meshctlHere } from '../support/meshctl.ts';
import { RunningController } from '../support/running-controller.ts';
import { SocketServer } from '../support/socket-server.ts';

const controller = new RunningController();
const server = new SocketServer();
beforeAll(async () => {
  await server.open();
  await controller.start({ policy: { threshold: 0.7 }, epoch_seconds: 86_400 });
});
afterAll(async () => {
  await controller.stop();
  await server.close();
});

const { socket } = controller;
const run = (...args: string[]) => meshctlHere(args, { socket });
function file(name: string, text: string): string {
  const path = join(controller.folder, name);
  writeFileSync(path, text);
  return path;
}

describe('policy', () => {
  it('get prints what set takes, check shows the difference, set puts it in force', async () => {
    const got = await run('policy', 'get');
    expect(got.stdout).toMatch(/^# policy version 1, from the configuration at \S+, in force since \S+: /);
    expect(got.stdout).toContain('"threshold": 0.7,');

    const edited = file('edited.yaml', got.stdout.replace('"threshold": 0.7', '"threshold": 0.8'));
    const checked = await run('policy', 'check', edited);
    expect(checked).toMatchObject({ exitCode: 0, stderr: '' });
    expect(checked.stdout).toMatch(/^threshold {2}0\.7 {7}0\.8$/m);
    expect(checked.stdout).toContain('0 of 0 nodes would stand as they do\n');
    expect((await run('policy', 'get')).stdout).toContain('"threshold": 0.7,');

    const set = await run('policy', 'set', edited, '--reason', 'stricter', '--now');
    expect(set.stdout).toContain('policy version 2 is in force\n');
    expect((await run('policy', 'get')).stdout).toMatch(
      /^# policy version 2, set by an operator at .*: stricter$/m,
    );

    const weaker = file('weaker.yaml', 'threshold: 0.6');
    const now = await run('policy', 'set', weaker, '--reason', 'x', '--now');
    expect(now).toMatchObject({ exitCode: 1, stdout: '' });
    expect(now.stderr).toContain('threshold falls from 0.8 to 0.6');
    const later = await run('policy', 'set', weaker, '--reason', 'x');
    expect(later.stdout).toContain('policy version 3 is accepted; it applies at the next epoch boundary\n');
    expect(later.stdout).toContain('weaker: threshold falls from 0.8 to 0.6\n');
    expect((await run('policy', 'get')).stdout).toMatch(
      /^# policy version 3, .*; it applies at the next boundary$/m,
    );
  });

  it('check and set warn of exams that the policy leaves no time for, or no pool', async () => {
    const exams = { pool: 'chat', service: { port: 8_000 }, items: 20, answerWithinMs: 60_000 };
    const hasty = file('hasty.yaml', JSON.stringify({ threshold: 0.8, exams }));
    const checked = await run('policy', 'check', hasty);
    const pool = 'warning: the policy examines nodes with the pool chat, which is not loaded: ';
    const pace =
      "warning: the policy's exams.answerWithinMs of 60000 leaves less than 15 s for each of 20 items";
    expect(checked).toMatchObject({ exitCode: 0, stderr: '' });
    for (const { stdout } of [checked, await run('policy', 'set', hasty, '--reason', 'exams')]) {
      expect(stdout).toContain(pool);
      expect(stdout).toContain(pace);
    }
  });

  it.each(['check', 'set'])(
    '%s refuses a bad file with its name, line, column and reason',
    async (command) => {
      const bad = file('bad.yaml', 'threshold: 0.7\nfloors: { refusal: 2 }\n');
      const { exitCode, stdout, stderr } = await run(
        ...['policy', command, bad, ...(command === 'set' ? ['--reason', 'x'] : [])],
      );
      expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
      expect(stderr).toBe(`meshctl: ${bad}: line 2, column 20: floors.refusal: must be at most 1\n`);
    },
  );

  it('names a file that cannot be read', async () => {
    expect(await run('policy', 'check', '/nowhere.yaml')).toMatchObject({
      exitCode: 2,
      stderr: 'meshctl: /nowhere.yaml cannot be read (ENOENT): check its path and mode\n',
    });
    const binary = join(controller.folder, 'binary');
    writeFileSync(binary, new Uint8Array([0xff, 0xfe]));
    expect((await run('policy', 'check', binary)).stderr).toContain('is not UTF-8');
  });

  it('explain of an unknown node says how to list the nodes', async () => {
    expect((await run('policy', 'explain', 'node-x')).exitCode).toBe(1);
  });
});

const trial: PolicyTrial = {
  sha256: 'ab',
  differences: [{ path: 'threshold', before: 0.7, after: 0.8 }],
  weaker: [],
  warnings: [],
  nodes: [
    {
      node_id: parseNodeId('node-a'),
      now: 'good',
      would_be: 'denied',
      effect: 'cut',
      reason_code: 'below_threshold',
      reason: 'overall 0.75 is below the policy\u2019s threshold of 0.80',
    },
    {
      node_id: parseNodeId('node-b'),
      now: 'good',
      would_be: 'good',
      effect: 'none',
      reason_code: 'ok',
      reason: 'fine',
    },
  ],
};

describe('policy check', () => {
  const check = (...args: string[]) =>
    meshctlHere([...args, 'policy', 'check', file('p.yaml', 'threshold: 0.8')], { socket: server.path });

  it('shows whom it would cut and why, and exits with 4 for scripts', async () => {
    server.answer({ 'POST /v1/policy/check': { body: trial } });
    const { exitCode, stdout, stderr } = await check();
    expect(exitCode).toBe(4);
    expect(stdout).toMatch(/^node-a {2}good {2}denied {4}cut {5}overall 0\.75 is below/m);
    expect(stdout).not.toContain('node-b');
    expect(stdout).toContain('1 of 2 nodes would stand as they do\n');
    expect(stderr).toBe('meshctl: the policy is valid, and would cut 1 of 2 nodes: node-a\n');
  });

  it('--json prints one document, with the same exit code', async () => {
    server.answer({ 'POST /v1/policy/check': { body: trial } });
    const { exitCode, stdout } = await check('--json');
    expect(exitCode).toBe(4);
    expect(JSON.parse(stdout)).toEqual({ schema_version: 1, ...trial });
  });
});
