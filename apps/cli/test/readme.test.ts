import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DEFAULT_SOCKET } from '../src/door/door.ts';
import { EXIT_CODES_HELP } from '../src/errors/exit-codes.ts';
import { meshctlHere } from './support/meshctl.ts';

const readme = readFileSync(join(import.meta.dirname, '..', 'README.md'), 'utf8');
const synopsis = readme.split('## Commands')[1]?.split('```')[1] ?? '';
const commands = [...synopsis.matchAll(/^meshctl ([a-z-]+(?: [a-z-]+)?)(.*)$/gm)].map(([, name, rest]) => ({
  name: name ?? '',
  flags: [...(rest ?? '').matchAll(/--[a-z]+/g)].map(([flag]) => flag),
}));

/** The commands that the help of meshctl, or of a command, names. */
async function commandsOf(...group: string[]): Promise<string[]> {
  const { stdout } = await meshctlHere([...group, '--help']);
  const [, block = ''] = /^Commands:\n((?: .*\n)*)/m.exec(stdout) ?? [];
  return [...block.matchAll(/^ {2}([a-z-]+)/gm)].flatMap(([, name = '']) => (name === 'help' ? [] : name));
}

describe('the README', () => {
  it('lists every command that there is', async () => {
    const listed = commands.map(({ name }) => name);
    const found: string[] = [];
    for (const name of await commandsOf()) {
      const inside = await commandsOf(name);
      found.push(...inside.map((one) => `${name} ${one}`));
      // A command with commands in it is listed itself where it does something, too.
      if (inside.length === 0 || name === 'log') found.push(name);
    }
    expect([...new Set(listed)].toSorted()).toEqual(found.toSorted());
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
