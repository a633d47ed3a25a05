// Builds the programs as they are published, where a benchmark measures them and not their sources.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');
const PROGRAMS = ['controller', 'node-agent', 'cli', 'witness'].map((app) =>
  join(ROOT, `apps/${app}/dist/main.js`),
);

/**
 * Turbo keeps what it has built: it does nothing where nothing has changed.
 *
 * @param freshness `as-is`: whatever build is there will do
 * @throws Error with what the build printed
 */
export function buildPrograms(freshness: 'newest' | 'as-is', say: (line: string) => void): void {
  if (freshness === 'as-is' && PROGRAMS.every(existsSync)) return;
  say('building the programs');
  const turbo = join(ROOT, 'node_modules/.bin/turbo');
  const env = { ...process.env, TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1' };
  const { status, stdout, stderr } = spawnSync(turbo, ['run', 'build'], { cwd: ROOT, env, encoding: 'utf8' });
  if (status !== 0) throw new Error(`the programs could not be built:\n${stdout}${stderr}`);
}
