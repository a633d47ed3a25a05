// The check of how comments are wrapped: what it catches, what it lets pass, and that --fix moves only line
// breaks.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commentedSources, WIDTH, widthProblems, wrapComments } from '../check-comment-width.mjs';
import { allComments } from '../lib/find-comments.mjs';

const wrap = (text: string) => wrapComments('example.ts', text, 40);
const faults = (text: string) => widthProblems('example.ts', text, 40);

describe('the comment width check catches', () => {
  it.each([
    ['a long line', '// one two three four five six seven eight nine\n', 1],
    [
      'a long line in an indented block',
      'f(\n  /**\n   * one two three four five six seven eight\n   */\n  x);',
      3,
    ],
    ['a long block of one line', '/** one two three four five six seven. */\n', 1],
    ['a line that ends early', '// one two\n// three\nconst x = 1;\n', 1],
    ['a line that ends early in a block', '/**\n * one\n * two\n */\n', 2],
    ['a long tag', '/**\n * @throws Error one two three four five six\n */\n', 2],
    ['a tag that ends early', '/**\n * @throws Error when\n *   it fails\n */\n', 2],
    ['a tag that goes on unindented', '/**\n * @throws Error when the thing that ran\n * failed\n */\n', 3],
    ['a long list item', '// - one two three four five six seven eight\n', 1],
    ['a long label', '// Time: one two three four five six seven\n', 1],
    ['a comment behind a regular expression', 'const r = /\\/*"/;\n// one\n// two\n', 2],
    ['a comment behind a template', `const t = \`\${1}// a\`;\n// one\n// two\n`, 2],
  ])('%s', (_, text, line) => {
    expect(faults(text)).toEqual([expect.stringMatching(new RegExp(`^example.ts:${line}: .* --fix$`))]);
    expect(faults(wrap(text))).toEqual([]);
  });
});

describe('the comment width check lets pass', () => {
  it.each([
    ['paragraphs', '// one\n//\n// two\n'],
    ['comments apart', '// one\n\n// two\n'],
    ['list items', '// - one two three four five six seven\n//   eight\n// - nine\n'],
    ['labels', '// Time: now.\n// Failure: never.\n// `freeze`: later.\n'],
    ['tags', '/**\n * One.\n * @param a one\n * @returns two\n */\n'],
    ['an indented block', '// Use:\n//   one\n//   two\n'],
    ['a table', '// a    one\n// b    two\n'],
    ['a drawing', '// ┌──┐\n// └──┘\n'],
    ['fenced code', '/**\n * ```\n * one\n * two\n * ```\n */\n'],
    ['an example', '/**\n * @example\n * one();\n * two();\n */\n'],
    ['a type', '/**\n * @typedef {{\n * one: string,\n * two: number,\n * }} Pair\n */\n'],
    ['a long URL', `// one\n// https://example.com/${'a'.repeat(40)}\n// two\n`],
    ['a long word', `// ${'a'.repeat(40)}\n// two\n`],
    ['a directive', '// biome-ignore lint/style/useConst: it is assigned later, by the test\n// One.\n'],
    ['a license', '// Copyright (c) 2026 one\n// two three four five six seven eight nine ten eleven\n'],
    ['a comment behind code', 'const x = 1; // one two three four five six seven eight\n'],
    ['a comment before code', '/* one two three four five six seven eight */ const x = 1;\n'],
    ['comments of two columns', '  // one\n// two\n'],
    ['a string', 'const x = "\\\n// one\\\n// two";\n'],
    ['a template', `const x = \`\n// one\n// two \${1}\n// three\n\`;\n`],
    ['an interpreter line', '#!/usr/bin/env -S node --one-option --another-option\n// One.\n'],
  ])('%s', (_, text) => {
    expect(faults(text)).toEqual([]);
    expect(wrap(text)).toBe(text);
  });
});

describe('wrapping', () => {
  it('gives a long one-line block three lines, and each tag its own line', () => {
    expect(wrap('/** Does what it is there for. @param a one @returns two */\n')).toBe(
      '/**\n * Does what it is there for.\n *\n * @param a one\n * @returns two\n */\n',
    );
  });

  it('breaks no line before a word that would begin a list, a tag or a table', () => {
    const before = 'one two three four five six seven xyz';
    for (const word of ['-', '1.', '@mesh/psk', '|', '#5', 'Time:']) {
      expect(wrap(`// ${before} ${word} end\n`), word).toBe(
        `// one two three four five six seven\n// xyz ${word} end\n`,
      );
    }
  });

  it('breaks no line within a link or short code', () => {
    const before = 'one two three four five six seven';
    for (const piece of ['{@link One two}', '`one two`']) {
      expect(wrap(`// ${before} ${piece}\n`), piece).toBe(`// ${before}\n// ${piece}\n`);
    }
  });

  it('counts characters, not bytes', () => {
    expect(faults(`// ${'… '.repeat(18)}…\n`)).toEqual([]);
    expect(faults('// → a ‖ b → c ‖ d → e ‖ f → g ‖ h → i ‖ j\n')).toHaveLength(1);
  });
});

const words = fc.constantFrom(
  ...[
    'one',
    'three,',
    'seventeen',
    'end.',
    '`code',
    'span`',
    '`x`:',
    '-',
    '1.',
    '9.',
    '@param',
    '@mesh/psk',
    '|',
    '#1',
  ],
  ...[
    'https://example.com/a-long-address',
    '{@link',
    'Name}',
    '…',
    '(see',
    'RFC',
    '9180)',
    'Time:',
    '→',
    '"//"',
    '$',
  ],
);
const content = fc.oneof(
  { weight: 8, arbitrary: fc.array(words, { minLength: 1, maxLength: 14 }).map((list) => list.join(' ')) },
  { weight: 2, arbitrary: fc.constant('') },
  fc.constantFrom(
    '  indented block',
    'a    table row',
    '│ box │',
    '```',
    '@example',
    '@throws Error',
    '- item',
    '|a|b|',
  ),
);
const codeLine = fc.constantFrom(
  'const a = "// no comment";',
  `const b = \`/* none\` + \`\${"//"}\`;`,
  'const c = /\\/\\/[/*]/;',
  'call(); // behind code, as long as it wants to be, for nobody moves it',
  '',
);
const comment = fc.oneof(
  fc
    .array(content, { minLength: 1, maxLength: 6 })
    .map((list) => list.map((line) => `// ${line}`).join('\n')),
  fc
    .array(content, { minLength: 1, maxLength: 6 })
    .map((list) => ['/**', ...list.map((line) => ` * ${line}`), ' */'].join('\n')),
  content.map((line) => `/** ${line} */`),
);
const source = fc
  .array(fc.oneof(comment, codeLine), { maxLength: 8 })
  .map((pieces) => `${pieces.join('\n')}\n`);

/** The words of the comments, without marks and line breaks. */
function wordsOfComments(text: string): string[] {
  return allComments('example.ts', text).flatMap(({ start, end }) =>
    text
      .slice(start, end)
      .replace(/^\/\*\*|\*\/$/g, '')
      .split('\n')
      .flatMap((line) => line.replace(/^\s*(?:\/\/|\*(?= |$))/, '').split(/\s+/))
      .filter((word) => word !== ''),
  );
}

/** The source without its comments and without the lines that are empty after that. */
function codeOf(text: string): string[] {
  let code = '';
  let done = 0;
  for (const { start, end } of allComments('example.ts', text)) {
    code += text.slice(done, start);
    done = end;
  }
  return `${code}${text.slice(done)}`.split('\n').filter((line) => line.trim() !== '');
}

describe('wrapping any source', () => {
  it('keeps the words, their order and the code, and then finds no fault', () => {
    fc.assert(
      fc.property(source, (text) => {
        const wrapped = wrap(text);
        expect(wordsOfComments(wrapped)).toEqual(wordsOfComments(text));
        expect(codeOf(wrapped)).toEqual(codeOf(text));
        expect(wrap(wrapped)).toBe(wrapped);
        expect(faults(wrapped)).toEqual([]);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('the comments of this repository', () => {
  it('are checked in every part of it', () => {
    const files = commentedSources();
    for (const part of ['packages', 'apps', 'e2e', 'bench', 'demo', 'scripts']) {
      expect(
        files.some((file) => file.startsWith(`${part}/`)),
        part,
      ).toBe(true);
    }
    expect(files).toContain('.dependency-cruiser.cjs');
  });

  it('have the width of the code', () => {
    expect(WIDTH).toBe(110);
  });
});
