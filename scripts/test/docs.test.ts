// Everything that the documents name must exist: problem codes, routes, kinds, log entry types, files, links
// and flags.

import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { programFile } from '../../packages/host/test/kit/program-file.ts';
import { messageKinds, problem, problemCodes, routes } from '../../packages/protocol/src/index.ts';
import { flagsNamed, headingsOf, linksOf, pathsNamed } from '../lib/read-markdown.mjs';

const root = join(import.meta.dirname, '..', '..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const documents = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

/** The log's own list of types: every `case` of the split into public and erasable parts. */
const logEntryTypes = [
  ...read('packages/membership/src/events/log-entry.ts').matchAll(/case '([a-z_]+)':/g),
].map(([, type]) => type ?? '');

describe('docs/protocol.md', () => {
  const protocol = read('docs/protocol.md');

  it.each(problemCodes)('gives the problem %s with its status', (code) => {
    const row = protocol.split('\n').find((line) => line.startsWith(`| \`${code}\` `));
    expect(row?.split('|')[2]?.trim()).toBe(String(problem(code, '').status));
  });

  it('names no problem that the protocol does not have', () => {
    const section = protocol.slice(protocol.indexOf('\n## Problems'), protocol.indexOf('\n## Log entries'));
    const named = [...section.matchAll(/^\| `([a-z_]+)` +\| \d{3} /gm)].map(([, code]) => code);
    expect(named).toEqual([...problemCodes]);
  });

  it.each(Object.values(routes))('names the route %s', (route) => {
    expect(protocol).toMatch(new RegExp(`\`(GET|POST) ${route.replace('*', '[*]')}\``));
  });

  it.each(messageKinds)('names the kind %s', (kind) => {
    expect(protocol).toContain(`\`${kind}\``);
  });

  it.each(logEntryTypes)('names the log entry %s', (type) => {
    expect(protocol).toContain(`\`${type}\``);
  });

  it('is compared with a list of log entries that is not empty', () => {
    expect(logEntryTypes).toContain('node_denied');
  });
});

describe.each(documents)('%s', (document) => {
  const markdown = read(document);

  it('names only existing files', () => {
    expect(pathsNamed(markdown).filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  it('links only to existing files and headings', () => {
    const broken = linksOf(markdown).filter((link) => {
      const [path = '', heading] = link.split('#');
      const file = path === '' ? join(root, document) : join(root, dirname(document), path);
      if (!existsSync(file)) return true;
      return heading !== undefined && !headingsOf(readFileSync(file, 'utf8')).includes(heading);
    });
    expect(broken).toEqual([]);
  });
});

describe('the flags in the documents', () => {
  const mains: Record<string, string> = {
    'mesh-controller': 'apps/controller/src/main.ts',
    'mesh-agent': 'apps/node-agent/src/main.ts',
    'mesh-witness': 'apps/witness/src/main.ts',
    meshctl: 'apps/cli/src/main.ts',
  };
  const helps = new Map<string, string>();
  const helpOf = (program: string, command: readonly string[]): string => {
    const key = [program, ...command].join(' ');
    const known = helps.get(key);
    if (known !== undefined) return known;
    const help = execFileSync(
      process.execPath,
      ['--conditions=@mesh/source', programFile(join(root, mains[program] ?? '')), ...command, '--help'],
      { encoding: 'utf8' },
    );
    helps.set(key, help);
    return help;
  };
  const offers = (help: string, flag: string) => new RegExp(`(^|[\\s,])${flag}($|[\\s,=])`, 'm').test(help);
  // The pages in docs/reference are what the programs say themselves.
  const written = documents.filter((document) => !document.startsWith('docs/reference/'));
  const uses = written.flatMap((document) =>
    flagsNamed(read(document), Object.keys(mains)).map((use) => ({ document, ...use })),
  );

  it('are found in commands of every program', () => {
    expect(new Set(uses.map(({ program }) => program))).toEqual(new Set(Object.keys(mains)));
  });

  it('are in the help of the command that they are named with', () => {
    const unknown = uses.filter(
      ({ program, command, flag }) =>
        !offers(helpOf(program, command), flag) && !offers(helpOf(program, []), flag),
    );
    expect(unknown).toEqual([]);
  });

  it('are reported if no command has them (control)', () => {
    const [use] = flagsNamed('```sh\nmesh-agent enrol --teleport x\n```\n', ['mesh-agent']);
    expect(use).toEqual({ program: 'mesh-agent', command: ['enrol'], flag: '--teleport' });
    expect(offers(helpOf('mesh-agent', ['enrol']), '--teleport')).toBe(false);
    expect(offers(helpOf('mesh-agent', ['enrol']), '--token-file')).toBe(true);
  });
});

describe('the pages with commands', () => {
  const walk = read('e2e/test/operations-walk.test.ts');
  /** A handbook of pieces, and a command that takes the name of a file of yours. Their flags are checked. */
  const UNTYPED = ['operations.md', 'how-to/restore-a-backup.md'];
  const pages = documents
    .filter((document) => document.startsWith('docs/') && /^```sh$/m.test(read(document)))
    .map((document) => document.slice('docs/'.length))
    .filter((page) => !page.startsWith('decisions/'));
  const isTyped = (page: string) => {
    const [folder, name] = [dirname(page), basename(page, '.md')];
    return [`blocksOf('${page}')`, `pagesIn('${folder}')`, `typeAll('${name}')`].some((text) =>
      walk.includes(text),
    );
  };

  it('are typed on bare hosts, but for those that are named here', () => {
    expect(pages.length).toBeGreaterThan(25);
    expect(pages.filter((page) => !isTyped(page)).sort()).toEqual([...UNTYPED].sort());
  });
});

describe('reading a document', () => {
  it('finds a path in backticks and leaves other code alone', () => {
    expect(pathsNamed('`packages/psk/src/gone.ts`, `a/b`, `docs/x.md`, `/etc/x.yaml`, `main.ts`')).toEqual([
      'packages/psk/src/gone.ts',
      'docs/x.md',
    ]);
  });

  it('finds local links and leaves others alone', () => {
    expect(linksOf('[a](gone.md#part) [b](https://example.org) [c](#here)')).toEqual([
      'gone.md#part',
      '#here',
    ]);
  });

  it('makes the anchors of headings, not of comments in code', () => {
    expect(headingsOf('## At 3 a.m.\n```sh\n# comment\n```\n### The `x` key\n')).toEqual([
      'at-3-am',
      'the-x-key',
    ]);
  });

  it('reads flags in inline code and up to the end of a command', () => {
    const flags = flagsNamed('`meshctl nodes list --json` and `meshctl log | mesh-agent enrol --json`', [
      'meshctl',
      'mesh-agent',
    ]);
    expect(flags).toEqual([
      { program: 'meshctl', command: ['nodes', 'list'], flag: '--json' },
      { program: 'mesh-agent', command: ['enrol'], flag: '--json' },
    ]);
  });
});
