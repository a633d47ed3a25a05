// meshctl completions: a script that completes commands and options in a shell.

import { Argument, type Command } from 'commander';
import { bashCompletion } from '../help/bash-completion.ts';
import { commandTreeOf } from '../help/command-tree.ts';
import { completionWordsOf } from '../help/completion-words.ts';
import { fishCompletion } from '../help/fish-completion.ts';
import { zshCompletion } from '../help/zsh-completion.ts';
import type { Ports } from '../ports/ports.ts';

const SCRIPTS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const;
type Shell = keyof typeof SCRIPTS;

export function addCompletionsCommand(program: Command, ports: Pick<Ports, 'writeOut'>): void {
  program
    .command('completions')
    .description('a script for your shell that completes commands and options; it asks no controller')
    .addArgument(new Argument('<shell>', 'the shell').choices(Object.keys(SCRIPTS)))
    .action((shell: Shell) => {
      ports.writeOut(SCRIPTS[shell](completionWordsOf(commandTreeOf(program))));
    });
}
