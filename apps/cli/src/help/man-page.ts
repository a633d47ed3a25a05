// A manual page of a command, in the macros of man(7). Pages have no date, so that the same version always
// gives the same bytes.

import type { ArgumentNode, CommandNode, OptionNode } from './command-tree.ts';

export interface ManualOptions {
  readonly version: string;
  /** The program itself, whose options every command takes. */
  readonly program: CommandNode;
  /** Code and meaning. */
  readonly exitCodes: readonly (readonly [code: number, meaning: string])[];
}

/** `meshctl-nodes-list.1` */
export const manPageName = ({ path }: Pick<CommandNode, 'path'>): string => `${titleOf(path)}.1`;

/** A hyphen in the name of a command becomes `_`: `log-key` and `log key` have two pages. */
function titleOf([program = '', ...commands]: readonly string[]): string {
  return [program, ...commands.map((name) => name.replaceAll('-', '_'))].join('-');
}

export function renderManPage(command: CommandNode, { version, program, exitCodes }: ManualOptions): string {
  const title = titleOf(command.path);
  const above = command.path.slice(0, -1);
  const others = [
    ...(above.length === 0 ? [] : [titleOf(above)]),
    ...command.commands.map(({ path }) => titleOf(path)),
  ];
  return [
    `.TH ${quoted(title.toUpperCase())} 1 "" ${quoted(`${program.name} ${version}`)} ${quoted('Aligned Mesh')}`,
    ...section('NAME', [`${escaped(title)} \\- ${escaped(command.description)}`]),
    ...section('SYNOPSIS', [`.B ${escaped(command.path.join(' '))}`, text(synopsisOf(command))]),
    ...listed('ARGUMENTS', command.arguments, ({ term, description }: ArgumentNode) => [term, description]),
    ...listed('COMMANDS', command.commands, ({ path, description }) => [path.join(' '), description]),
    ...listed('OPTIONS', command.options, describeOption),
    ...(command === program ? [] : listed('GLOBAL OPTIONS', globalOptions(command, program), describeOption)),
    ...listed('EXIT STATUS', exitCodes, ([code, meaning]) => [String(code), meaning]),
    ...(others.length === 0
      ? []
      : section('SEE ALSO', [others.map((name) => `\\fB${escaped(name)}\\fR(1)`).join(', ')])),
    '',
  ].join('\n');
}

function synopsisOf({ options, arguments: args, commands }: CommandNode): string {
  return [
    ...options.filter(({ mandatory }) => mandatory).map(({ flags }) => flags),
    '[options]',
    ...(commands.length === 0 ? [] : ['[command]']),
    ...args.map(({ term }) => term),
  ].join(' ');
}

function globalOptions(command: CommandNode, program: CommandNode): readonly OptionNode[] {
  const own = new Set(command.options.map(({ flags }) => flags));
  return program.options.filter(({ flags, names }) => !own.has(flags) && !names.includes('--version'));
}

function describeOption({ flags, description, mandatory, choices }: OptionNode): [string, string] {
  const one = choices.length === 0 ? '' : `; one of ${choices.join(', ')}`;
  return [flags, `${description}${one}${mandatory ? '; it has to be given' : ''}`];
}

function listed<T>(
  title: string,
  all: readonly T[],
  describe: (one: T) => readonly [string, string],
): string[] {
  if (all.length === 0) return [];
  return section(
    title,
    all.flatMap((one) => {
      const [term, description] = describe(one);
      return ['.TP', `.B ${escaped(term)}`, text(description)];
    }),
  );
}

const section = (title: string, lines: readonly string[]): string[] => [`.SH ${quoted(title)}`, ...lines];

const quoted = (value: string): string => `"${escaped(value).replaceAll('"', '\\(dq')}"`;

/** A line of text. One that began with a dot or a quote would be taken for a macro. */
function text(value: string): string {
  const line = escaped(value);
  return /^[.']/.test(line) || line === '' ? `\\&${line}` : line;
}

/** Hyphens are written as minus signs, so that options can be copied from the page. */
function escaped(value: string): string {
  return value
    .replaceAll('\\', '\\(rs')
    .replaceAll('-', '\\-')
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/[^\x20-\x7e]/gu, (character) => {
      const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
      return `\\[u${code}]`;
    });
}
