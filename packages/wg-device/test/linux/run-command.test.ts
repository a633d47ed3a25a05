// Running programs: no shell, a deadline, and no key in an error.
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { expectCode } from '../../src/contract/expect-tunnel-error.ts';
import { everythingOf, findSecret } from '../../src/contract/find-secret.ts';
import { makePsk } from '../../src/contract/samples.ts';
import { createRunCommand, runOrThrow } from '../../src/linux/run-command.ts';

const RUN_COMMAND = new URL('../../src/linux/run-command.ts', import.meta.url).href;
const run = createRunCommand();
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

describe('run-command', () => {
  it('passes arguments unchanged: no shell reads them', async () => {
    const hostile = '$(id); `id` | cat > /tmp/x && "\' \n*';
    expect(text(await runOrThrow(run, 'printf', ['%s', hostile]))).toBe(hostile);
  });

  it('passes standard input and gives the exit code', async () => {
    const result = await run('sh', ['-c', 'cat; exit 3'], { stdin: 'hello' });
    expect([text(result.stdout), result.exitCode]).toEqual(['hello', 3]);
  });

  it('survives a program that does not read its input', async () => {
    expect((await run('true', [], { stdin: 'x'.repeat(1_000_000) })).exitCode).toBe(0);
  });

  it('puts the prefix before the program', async () => {
    expect(
      text(await runOrThrow(createRunCommand(['env', 'WHERE=inside']), 'sh', ['-c', 'printf $WHERE'])),
    ).toBe('inside');
  });

  it('passes only PATH of our environment to the program', async () => {
    process.env.MESH_TEST_SECRET = 'planted';
    const seen = text(await runOrThrow(run, 'env', []));
    delete process.env.MESH_TEST_SECRET;
    expect(seen).not.toContain('planted');
    expect(seen).toContain('LC_ALL=C');
  });

  it('ends a program that takes too long', async () => {
    await expectCode(
      run('sleep', ['60'], { timeoutMs: 50 }).then(() => undefined),
      'timeout',
    );
  });

  it('names a program that is missing', async () => {
    const error = await expectCode(run('mesh-no-such-program', []), 'unavailable');
    expect(error.message).toContain('mesh-no-such-program');
  });

  // In a process of its own, where nobody else sets timers.
  it('leaves no timer behind, which would keep the process alive: of a program that ended, or that is missing', async () => {
    const program = `
      import { createRunCommand } from ${JSON.stringify(RUN_COMMAND)};
      const run = createRunCommand();
      const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
      const counts = [timers()];
      const running = run('true', []);
      counts.push(timers());
      await running;
      counts.push(timers());
      await run('mesh-no-such-program', []).catch(() => undefined);
      counts.push(timers());
      console.log(counts.join(' '));`;
    const args = ['--conditions=@mesh/source', '--input-type=module', '--eval', program];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    // The second count is the positive control: the deadline of a program that runs is seen.
    expect(stdout.trim()).toBe('0 1 0 0');
  });

  it('does not repeat a key from a program’s complaint, in base64 or hex, whole or cut', async () => {
    const psk = makePsk();
    const hex = Buffer.from(psk, 'base64').toString('hex');
    for (const shown of [psk, hex, psk.slice(0, 30), hex.slice(10, 50), `key=${psk}\\n`]) {
      const error = await expectCode(
        runOrThrow(run, 'sh', [
          '-c',
          `echo "Key is not the correct length or format: '${shown}'" >&2; exit 1`,
        ]),
        'apply_failed',
      );
      expect(error.message).toContain('not the correct length');
      expect(findSecret(everythingOf(error), psk)).toEqual([]);
    }
    // Control: the same search finds the key in the original text.
    expect(findSecret(`format: '${psk}'`, psk)).not.toEqual([]);
  });

  it('redacts a refused key that wg quotes', async () => {
    const key = `${randomBytes(32).toString('base64').slice(0, 40)}!!!!`;
    const folder = mkdtempSync(join(tmpdir(), 'mesh-key-'));
    const path = join(folder, 'key');
    writeFileSync(path, key);
    const args = ['set', 'mesh-none', 'private-key', path];
    // Control: wg does quote the key.
    const raw = await run('sh', ['-c', `wg ${args.join(' ')} 2>&1; true`]);
    expect(text(raw.stdout)).toContain(key);
    const error = await expectCode(runOrThrow(run, 'wg', args), 'apply_failed');
    expect(error.message).toContain('not the correct length');
    expect(findSecret(everythingOf(error), key.slice(0, 40))).toEqual([]);
    rmSync(folder, { recursive: true });
  });
});
