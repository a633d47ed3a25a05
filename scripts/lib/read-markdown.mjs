// Reads what a document names: files, links, headings, and flags of commands. The tests of the documents use
// it.

const TOP_FOLDERS = ['packages', 'apps', 'docs', 'scripts', 'e2e', 'demo', 'bench', 'docker'];

/** Lines of a document's fenced blocks, and everything else. @param {string} markdown */
function splitFences(markdown) {
  /** @type {string[]} */
  const code = [];
  let fenced = false;
  let prose = '';
  for (const line of markdown.split('\n')) {
    if (line.startsWith('```')) fenced = !fenced;
    else if (fenced) code.push(line);
    else prose += `${line}\n`;
  }
  return { code, prose };
}

const INLINE_CODE = /`([^`\n]+)`/g;

/**
 * Code of a document, piece by piece: lines of fenced blocks, and inline code outside them.
 *
 * @param {string} markdown
 */
function codeOf(markdown) {
  const { code, prose } = splitFences(markdown);
  return [...code, ...[...prose.matchAll(INLINE_CODE)].map((match) => match[1] ?? '')];
}

/**
 * Paths of this repository in backticks; `NNNN` stands for a future number.
 *
 * @param {string} markdown
 * @returns {string[]}
 */
export function pathsNamed(markdown) {
  const inline = [...markdown.matchAll(/`([A-Za-z0-9_.@/-]+)`/g)].map((match) => match[1] ?? '');
  return inline.filter(
    (text) => TOP_FOLDERS.some((folder) => text.startsWith(`${folder}/`)) && !text.includes('NNNN'),
  );
}

/** Targets of local links. @param {string} markdown @returns {string[]} */
export function linksOf(markdown) {
  return [
    ...splitFences(markdown)
      .prose.replace(INLINE_CODE, '')
      .matchAll(/\]\(([^)\s]+)\)/g),
  ]
    .map((match) => match[1] ?? '')
    .filter((target) => !/^[a-z]+:/.test(target));
}

/** The anchor that GitHub makes of a heading. @param {string} heading */
export function slugOf(heading) {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .trim()
    .replaceAll(' ', '-');
}

/** The anchors that GitHub makes of headings. @param {string} markdown @returns {string[]} */
export function headingsOf(markdown) {
  let fenced = false;
  return markdown.split('\n').flatMap((line) => {
    if (line.startsWith('```')) fenced = !fenced;
    const heading = fenced ? undefined : /^#{1,6} (.+)$/.exec(line)?.[1];
    if (heading === undefined) return [];
    return [slugOf(heading)];
  });
}

/**
 * The flags that a document shows with commands of these programs.
 *
 * @param {string} markdown
 * @param {readonly string[]} programs
 * @returns {{ program: string, command: string[], flag: string }[]}
 */
export function flagsNamed(markdown, programs) {
  const commands = codeOf(markdown).flatMap((code) => code.replace(/\s#.*$/, '').split(/[|;]|&&/));
  return commands.flatMap((text) => {
    const words = text.trim().split(/\s+/);
    const at = words.findIndex((word) => programs.includes(word.split('/').at(-1) ?? ''));
    if (at === -1) return [];
    const program = words[at]?.split('/').at(-1) ?? '';
    const args = words.slice(at + 1);
    // What follows a bare `--` belongs to another program.
    const end = args.indexOf('--');
    const own = end === -1 ? args : args.slice(0, end);
    const firstOption = own.findIndex((word) => word.startsWith('-'));
    const command = (firstOption === -1 ? own : own.slice(0, firstOption)).filter((word) =>
      /^[a-z]+(-[a-z]+)*$/.test(word),
    );
    return own
      .filter((word) => /^--[a-z]/.test(word))
      .map((word) => ({ program, command, flag: word.replace(/=.*$/, '') }));
  });
}
