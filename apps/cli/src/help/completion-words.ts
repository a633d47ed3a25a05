// What can be completed at each place of the command line, for every shell alike.

import { type CommandNode, everyCommand } from './command-tree.ts';

export interface Word {
  readonly text: string;
  readonly description: string;
}

export interface Place {
  /** The commands so far, without the program: `nodes list`; empty at the beginning. */
  readonly place: string;
  readonly commands: readonly Word[];
  readonly options: readonly Word[];
  /** Values of the first argument, where there is a list of them. */
  readonly values: readonly Word[];
}

export interface CompletionWords {
  readonly program: string;
  readonly places: readonly Place[];
  /** Values of options, by the option's name, where there is a list of them. */
  readonly choices: ReadonlyMap<string, readonly string[]>;
  /** Names of options that take a value of which there is no list, such as a file. */
  readonly free: readonly string[];
}

export function completionWordsOf(program: CommandNode): CompletionWords {
  const all = [...everyCommand(program)];
  const options = all.flatMap((command) => command.options).filter(({ takesValue }) => takesValue);
  const choices = new Map(
    options
      .filter((option) => option.choices.length > 0)
      .flatMap((option) => option.names.map((name) => [name, option.choices] as const)),
  );
  const free = options.flatMap(({ names }) => names).filter((name) => !choices.has(name));
  return {
    program: program.name,
    places: all.map((command) => placeOf(command, program)),
    choices,
    free: [...new Set(free)],
  };
}

function placeOf(command: CommandNode, program: CommandNode): Place {
  // Global options are taken everywhere.
  const options = command === program ? command.options : [...command.options, ...program.options];
  const words = options.flatMap(({ names, description }) =>
    names.filter((name) => name.startsWith('--')).map((text) => ({ text, description })),
  );
  return {
    place: command.path.slice(1).join(' '),
    commands: command.commands.map(({ name, description }) => ({ text: name, description })),
    options: words.filter(({ text }, at) => words.findIndex((word) => word.text === text) === at),
    values: (command.arguments[0]?.choices ?? []).map((text) => ({ text, description: '' })),
  };
}
