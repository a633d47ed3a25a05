import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DEFAULT_SOCKET } from '../src/door.ts';
import { EXIT_CODES_HELP } from '../src/exit-codes.ts';
import { meshctlHere } from './support/meshctl.ts';

const readme = readFileSync(join(import.meta.dirname, '..', 'README.md'), 'utf8');
const synopsis = readme.split('## Commands')[1]?.split('```')[1] ?? '';
const commands = [...synopsis.matchAll(/^meshctl ([a-z-]+(?: [a-z-]+)?)(.*)$/gm)].map(([, name, rest]) => ({
  name: name ?? '',
  flags: [...(rest ?? '').matchAll(/--[a-z]+/g)].map(([flag]) => flag),
}));

describe('the README', () => {
  it('lists every command that there is', async () => {
    const groups = [
      'tokens',
      'nodes',
      'epoch',
      'officers',
      'request',
      'keys',
      'policy',
      'brake',
      'ca',
      'config-key',
    ];
    const listed = new Set(commands.map(({ name }) => name));
    for (const group of groups) {
      const { stdout } = await meshctlHere([group, '--help']);
      const names = [...(stdout.split('Commands:')[1] ?? '').matchAll(/^ {2}([a-z-]+)/gm)].map(
        ([, name]) => name,
      );
      for (const name of names.filter((found) => found !== 'help'))
        expect(listed).toContain(`${group} ${name}`);
    }
    expect(listed).toContain('log');
    expect(listed.size).toBe(52);
  });

  it.each(commands)('$name takes the options that it names', async ({ name, flags }) => {
    const { exitCode, stdout } = await meshctlHere([...name.split(' '), '--help']);
    expect(exitCode).toBe(0);
    for (const flag of flags) expect(stdout).toContain(flag);
  });

  it('gives the exit codes and the default socket as the program does', () => {
    expect(readme).toContain(DEFAULT_SOCKET);
    for (const [, code, meaning] of EXIT_CODES_HELP.matchAll(/^ {2}(\d) {2}(\w+)/gm))
      expect(readme).toMatch(new RegExp(`^\\| ${code} +\\| ${meaning}`, 'm'));
  });
});
