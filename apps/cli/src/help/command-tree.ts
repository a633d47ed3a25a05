// The commands of a program as values: what completions and manual pages are made from.

import type { Command } from 'commander';

export interface OptionNode {
  /** As the help shows it: `--limit <n>`. */
  readonly flags: string;
  /** `--limit`, and its short form if there is one. */
  readonly names: readonly string[];
  readonly description: string;
  readonly mandatory: boolean;
  readonly takesValue: boolean;
  readonly choices: readonly string[];
}

export interface ArgumentNode {
  /** `<id>` or `[file...]`. */
  readonly term: string;
  readonly description: string;
  readonly choices: readonly string[];
}

export interface CommandNode {
  /** From the program on: `['meshctl', 'nodes', 'list']`. */
  readonly path: readonly string[];
  readonly name: string;
  readonly description: string;
  readonly options: readonly OptionNode[];
  readonly arguments: readonly ArgumentNode[];
  readonly commands: readonly CommandNode[];
}

export function commandTreeOf(command: Command, above: readonly string[] = []): CommandNode {
  const path = [...above, command.name()];
  return {
    path,
    name: command.name(),
    description: command.description(),
    options: [
      ...command.options
        .filter(({ hidden }) => !hidden)
        .map((option) => ({
          flags: option.flags,
          names: [option.long, option.short].filter((name) => typeof name === 'string'),
          description: option.description,
          mandatory: option.mandatory,
          takesValue: option.required || option.optional,
          choices: option.argChoices ?? [],
        })),
      HELP,
    ],
    arguments: command.registeredArguments.map((argument) => {
      const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
      return {
        term: argument.required ? `<${name}>` : `[${name}]`,
        description: argument.description,
        choices: argument.argChoices ?? [],
      };
    }),
    commands: command.commands.map((one) => commandTreeOf(one, path)),
  };
}

/** Every command has it, though commander does not list it. */
const HELP: OptionNode = {
  flags: '-h, --help',
  names: ['--help', '-h'],
  description: 'display help for command',
  mandatory: false,
  takesValue: false,
  choices: [],
};

/** A command and everything below it. */
export function* everyCommand(node: CommandNode): Iterable<CommandNode> {
  yield node;
  for (const below of node.commands) yield* everyCommand(below);
}
