// meshctl completions: every command and option is in each script. That of bash is tried in bash.

import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { composePorts } from '../../src/compose.ts';
import { bashCompletion } from '../../src/help/bash-completion.ts';
import { commandTreeOf, everyCommand } from '../../src/help/command-tree.ts';
import { completionWordsOf } from '../../src/help/completion-words.ts';
import { fishCompletion } from '../../src/help/fish-completion.ts';
import { zshCompletion } from '../../src/help/zsh-completion.ts';
import { createProgram } from '../../src/program.ts';
import { meshctlHere } from '../support/meshctl.ts';

const program = commandTreeOf(createProgram(composePorts()));
const all = [...everyCommand(program)];
const script = async (shell: string) => (await meshctlHere(['completions', shell])).stdout;

it('completions asks no controller, and refuses a shell that it does not know', async () => {
  expect(await meshctlHere(['completions', 'bash'], { socket: '/nowhere.sock' })).toMatchObject({
    exitCode: 0,
  });
  expect(await meshctlHere(['completions', 'tcsh'])).toMatchObject({ exitCode: 2, stdout: '' });
});

it.each(['bash', 'zsh', 'fish'])('the script for %s has every command, option and choice', async (shell) => {
  const text = await script(shell);
  for (const { path, options } of all) {
    expect(text).toContain(`'${path.slice(1).join(' ')}'`.replaceAll("'", shell === 'fish' ? '' : "'"));
    for (const { names, choices } of options) {
      const name = names.find((one) => one.startsWith('--')) ?? '';
      expect(text).toContain(shell === 'fish' ? ` -l ${name.slice(2)} ` : name);
      for (const choice of choices) expect(text).toContain(choice);
    }
  }
});

describe('in bash', () => {
  /** What is offered for each line, whose last word is being typed. One bash answers for all of them. */
  const lines = {
    'me nodes l': ['list'],
    'me nod': ['nodes'],
    'me nodes list --st': ['--state'],
    'me nodes list --state un': ['unreachable', 'unknown'],
    'me --json nodes show --js': ['--json'],
    'me completions z': ['zsh'],
    'me --profile nodes st': ['status'],
    'me nodes list --state cut --wat': ['--watch'],
    'me status --wat': ['--watch'],
    'me tokens create --watc': [],
    'me policy check /etc/hostn': ['/etc/hostname'],
    'me nodes show --key-file /etc/hostn': ['/etc/hostname'],
  };

  it('offers what fits the place', async () => {
    const asked = Object.keys(lines).map((line) => {
      const words = line.split(' ');
      return `COMP_WORDS=(${words.join(' ')}); COMP_CWORD=${words.length - 1}; _meshctl; echo "\${COMPREPLY[*]}"`;
    });
    const source = `set -u\n${await script('bash')}\n${asked.join('\n')}\n`;
    const answers = execFileSync('bash', ['--norc', '-s'], { input: source, encoding: 'utf8' }).split('\n');
    const found = Object.keys(lines).map((line, at) => [
      line,
      (answers[at] ?? '').split(' ').filter(Boolean),
    ]);
    expect(Object.fromEntries(found)).toEqual(lines);
  });
});

describe('descriptions with quotes', () => {
  const description = `it's a "test" \\ $(touch /tmp/x) \`id\``;
  const words = completionWordsOf({
    ...{ path: ['x'], name: 'x', description, options: [], arguments: [] },
    commands: [{ path: ['x', 'y'], name: 'y', description, options: [], arguments: [], commands: [] }],
  });

  it('are in single quotes, and end none', () => {
    expect(zshCompletion(words)).toContain(`'y:it'\\''s a "test" \\ $(touch /tmp/x) \`id\`'`);
    expect(fishCompletion(words)).toContain(`'it\\'s a "test" \\\\ $(touch /tmp/x) \`id\`'`);
    expect(bashCompletion(words)).not.toContain('touch');
  });
});
