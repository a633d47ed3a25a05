// The manual page of a program, made from what it and each of its commands say for --help.
import { capture } from '../lib/child-process.mjs';

/**
 * @param {object} options
 * @param {string} options.program Its name.
 * @param {string} options.version
 * @param {string} options.summary One line.
 * @param {readonly string[]} options.command The words that run it.
 * @returns {string} in the macros of man(7), section 8; no date, so that the same version gives the same
 *   bytes
 * @throws Error if it gives no help
 */
export function programManual({ program, version, summary, command }) {
  const pages = [...helpPages(command, [])];
  const sections = pages.flatMap(({ path, text }) => [
    path.length === 0 ? '.SH DESCRIPTION' : `.SS ${quoted([program, ...path].join(' '))}`,
    '.nf',
    ...text.trimEnd().split('\n').map(line),
    '.fi',
    ...(path.length === 0 && pages.length > 1 ? ['.SH COMMANDS'] : []),
  ]);
  return [
    `.TH ${quoted(program.toUpperCase())} 8 "" ${quoted(`${program} ${version}`)} ${quoted('Aligned Mesh')}`,
    '.SH NAME',
    `${escaped(program)} \\- ${escaped(summary)}`,
    '.SH SYNOPSIS',
    `.B ${escaped(program)}`,
    '[options] [command]',
    ...sections,
    '',
  ].join('\n');
}

/**
 * @param {readonly string[]} command @param {readonly string[]} path
 * @returns {Generator<{ path: readonly string[], text: string }>}
 */
function* helpPages(command, path) {
  const [file = '', ...args] = command;
  const help = capture(file, [...args, ...path, '--help'], { env: { ...process.env, COLUMNS: '80' } });
  if (help.code !== 0) throw new Error(`${[...path].join(' ') || file} --help failed: ${help.stderr.trim()}`);
  yield { path, text: help.stdout };
  for (const name of commandsIn(help.stdout)) yield* helpPages(command, [...path, name]);
}

/** The commands that a help text lists, except `help`. @param {string} text */
export function commandsIn(text) {
  const [, list = ''] = /^Commands:\n((?: {2}.*\n)+)/m.exec(text) ?? [];
  return [...list.matchAll(/^ {2}([a-z][a-z-]*)/gm)]
    .map(([, name = '']) => name)
    .filter((name) => name !== 'help');
}

/**
 * A line as it stands. One that began with a dot or a quote would be taken for a macro.
 *
 * @param {string} text
 */
const line = (text) => (/^[.']/.test(text) || text === '' ? `\\&${verbatim(text)}` : verbatim(text));

/** @param {string} text */
const quoted = (text) => `"${escaped(text).replaceAll('"', '\\(dq')}"`;

/** @param {string} text */
const escaped = (text) => verbatim(text.replaceAll(/\s+/g, ' '));

/** @param {string} text */
const verbatim = (text) =>
  text
    .replaceAll('\\', '\\(rs')
    .replaceAll('-', '\\-')
    .replaceAll(
      /[^\x20-\x7e]/gu,
      (character) => `\\[u${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]`,
    );
