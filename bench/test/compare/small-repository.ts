// A git repository with one benchmark that prints the report which its tree holds, so that every figure is
// known and a turn takes no time.

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const MAIN = `import { readFileSync } from 'node:fs';
const report = readFileSync(new URL('report.json', import.meta.url), 'utf8');
if (process.argv[2] === '--help') process.stdout.write('  steady  prints what it is given\\n');
else if (report === 'missed') { process.stderr.write('it broke\\n'); process.exitCode = 1; }
else process.stdout.write(report);
`;

const FILES: Readonly<Record<string, string>> = {
  '.gitignore': '.cache/\nnode_modules/\n',
  'package.json': '{ "name": "small", "private": true, "type": "module" }\n',
  'pnpm-workspace.yaml': 'packages: []\npmOnFail: ignore\n',
  'pnpm-lock.yaml': "lockfileVersion: '9.0'\n\nimporters:\n\n  .: {}\n",
  'apps/README.md': 'none\n',
  'bench/src/main.ts': MAIN,
};

export interface SmallRepository extends Disposable {
  readonly root: string;
  /** Runs git in it. @returns what it prints */
  git(...args: string[]): string;
  /** Writes files. */
  write(files: Readonly<Record<string, string>>): void;
  /** Commits everything. @returns the commit's id */
  commit(): string;
}

/** With the benchmark, and no commit. */
export function smallRepository(): SmallRepository {
  const root = mkdtempSync(join(tmpdir(), 'mesh-compare-'));
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=test', '-c', 'user.email=test@example.com', ...args], {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim();
  const write = (files: Readonly<Record<string, string>>) => {
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, file)), { recursive: true });
      writeFileSync(join(root, file), text);
    }
  };
  git('init', '--quiet');
  write(FILES);
  return {
    root,
    git,
    write,
    commit: () => {
      git('add', '--all');
      git('-c', 'commit.gpgsign=false', 'commit', '--quiet', '--allow-empty', '--message', 'test');
      return git('rev-parse', 'HEAD');
    },
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }),
  };
}

/** The file that the benchmark prints: a table of figures in milliseconds, by name. */
export function reportFile(
  figures: Readonly<Record<string, number>>,
  better?: 'more' | 'less',
): Record<string, string> {
  const rows = Object.entries(figures).map(([name, median]) => ({ name, unit: 'ms', median, better }));
  return { 'bench/src/report.json': JSON.stringify({ tables: [{ title: 'a table', rows }] }) };
}
