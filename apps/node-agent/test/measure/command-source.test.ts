import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { systemTimers } from '@mesh/host';
import { FakeClock, waitUntil } from '@mesh/host/test-kit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createCommandSource } from '../../src/measure/sources/command-source.ts';
import { silent, temporaryDirectory } from '../support/agent-fixtures.ts';
import { codeOf, measure, NOW, nobody } from '../support/measure-fixtures.ts';
import { processesMarked } from '../support/processes.ts';

/** Makes a script in a folder that an unprivileged user can reach. */
function script(body: string): string {
  const directory = join(temporaryDirectory(), 'open');
  mkdirSync(directory);
  chmodSync(join(directory, '..'), 0o755);
  chmodSync(directory, 0o777);
  const path = join(directory, 'benchmark.sh');
  writeFileSync(path, `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  return path;
}

const commandSource = (path: string, changes: Partial<Parameters<typeof createCommandSource>[0]> = {}) =>
  createCommandSource({
    command: [path],
    suiteVersion: 's',
    timeoutMs: 10_000,
    memoryBytes: 256 * 1_048_576,
    runAs: nobody,
    timers: systemTimers,
    controllerNowMs: () => NOW,
    logger: silent,
    ...changes,
  });

describe('a command', () => {
  it('prints its scores, and gets the challenge but nothing else of the agent’s environment', async () => {
    process.env.MESH_TEST_SECRET = 'must not be seen';
    onTestFinished(() => {
      delete process.env.MESH_TEST_SECRET;
    });
    const path = script(`env > "$(dirname "$0")/env"; echo '{"scores":{"overall":0.75}}'`);
    expect(await measure(commandSource(path), 'c1')).toMatchObject({
      measuredAtMs: NOW,
      scores: { overall: 0.75 },
      challenge: 'c1',
    });
    const seen = readFileSync(join(path, '..', 'env'), 'utf8');
    expect(seen).toContain('MESH_CHALLENGE=c1');
    expect(seen).not.toContain('must not be seen');
  });

  it('has no privileges, cannot get any, and has no input', async () => {
    const path = script(
      `grep -E '^(Uid|Gid|Groups|CapEff|CapAmb|CapInh|NoNewPrivs):' /proc/self/status > "$(dirname "$0")/status"; read line && echo input >> "$(dirname "$0")/status"; echo '{"scores":{"overall":1}}'`,
    );
    await measure(commandSource(path));
    const status = readFileSync(join(path, '..', 'status'), 'utf8');
    expect(status).toMatch(/^NoNewPrivs:\s1$/m);
    expect(status).toMatch(/^CapEff:\s0+$/m);
    expect(status).toMatch(/^CapAmb:\s0+$/m);
    expect(status).not.toMatch(/^Uid:\s0\s/m);
    expect(status).not.toContain('input');
  });

  // Process ids of the command's namespace are useless outside, so the processes that it started are found by
  // their arguments.
  const newMark = () => `left-by-${process.pid}-${Math.random()}`;
  const lives = (mark: string) => processesMarked(mark).length > 0;

  it('that takes too long is killed with everything it started', async () => {
    const mark = newMark();
    const path = script(`sh -c 'while :; do sleep 1; done' ${mark} & wait`);
    const clock = new FakeClock();
    const pending = codeOf(measure(commandSource(path, { timers: clock })));
    await waitUntil('the grandchild', () => lives(mark));
    await clock.advance(10_000);
    expect(await pending).toBe('timeout');
    await waitUntil('the end of the grandchild', () => !lives(mark));
  });

  it('that leaves processes behind has them killed at its end', async () => {
    const mark = newMark();
    const path = script(
      `sh -c 'while :; do sleep 1; done' ${mark} > /dev/null 2>&1 &
       while ! grep -q left-by "/proc/$!/cmdline"; do :; done
       echo "{\\"scores\\":{\\"overall\\":1}}"`,
    );
    await measure(commandSource(path));
    await waitUntil('the end of what it left', () => !lives(mark));
  });

  it.runIf(process.geteuid?.() === 0)(
    'that hides a process in a separate session has it killed, too',
    async () => {
      const mark = newMark();
      const path = script(
        `setsid sh -c 'while :; do sleep 1; done' ${mark} > /dev/null 2>&1 &
       while ! cat /proc/[0-9]*/cmdline | grep -aq "[l]eft-by.*${mark.slice(8)}"; do :; done
       echo '{"scores":{"overall":1}}'`,
      );
      await measure(commandSource(path));
      await waitUntil('the end of what it hid', () => !lives(mark));
    },
  );

  it.runIf(process.geteuid?.() === 0)('sees only its own processes', async () => {
    const path = script(
      `echo "{\\"scores\\":{\\"overall\\":1},\\"notes\\":\\"$(ls /proc | grep -c '^[0-9]')\\"}"`,
    );
    expect(Number((await measure(commandSource(path))).notes)).toBeLessThan(10);
  });

  it.runIf(process.geteuid?.() === 0)('has limits on processes and processor time', async () => {
    const path = script(`cat /proc/self/limits > "$(dirname "$0")/limits"; echo '{"scores":{"overall":1}}'`);
    await measure(commandSource(path));
    const limits = readFileSync(join(path, '..', 'limits'), 'utf8');
    expect(limits).toMatch(/^Max processes +128 +128 /m);
    expect(limits).toMatch(new RegExp(`^Max cpu time +${10 * availableParallelism()} `, 'm'));
    expect(limits).toMatch(/^Max data size +268435456 +268435456 /m);
  });

  it.each([
    ['prints without end', 'yes', 'too_large'],
    [
      'fails, whatever it prints',
      `echo '{"scores":{"overall":1}}'; echo broken >&2; exit 3`,
      'command_failed',
    ],
    ['prints no JSON', 'echo fine', 'malformed'],
    ['prints nothing', 'true', 'malformed'],
  ])('that %s is a failed measurement', async (_what, body, code) => {
    expect(await codeOf(measure(commandSource(script(body))))).toBe(code);
  });

  it('that does not exist is a failed measurement', async () => {
    expect(await codeOf(measure(commandSource('/no/such/program')))).toBe('command_failed');
  });

  it('that takes more memory than it may fails, and one that takes less does not', async () => {
    const eater = script(
      `head -c 100000000 /dev/zero | tail -n 1 > /dev/null || exit 1; echo '{"scores":{"overall":1}}'`,
    );
    expect(await codeOf(measure(commandSource(eater, { memoryBytes: 32 * 1_048_576 })))).toBe(
      'command_failed',
    );
    expect(await measure(commandSource(eater, { memoryBytes: 512 * 1_048_576 }))).toMatchObject({
      scores: { overall: 1 },
    });
  });
});
