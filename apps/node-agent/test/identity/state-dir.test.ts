// The state directory: private from the start, and refused where others may have read what is in it.

import { chmodSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openStateDir } from '../../src/identity/state-dir.ts';
import { temporaryDirectory } from '../support/agent-fixtures.ts';

const modeOf = (path: string): number => statSync(path).mode & 0o777;

/** @param holds whether there is a file in it */
function directoryOf(mode: number, holds: boolean): string {
  const path = join(temporaryDirectory(), 'state');
  mkdirSync(path);
  if (holds) writeFileSync(join(path, 'keys'), 'secret', { mode: 0o600 });
  chmodSync(path, mode);
  return path;
}

it('is made private', () => {
  const path = join(temporaryDirectory(), 'a', 'state');
  openStateDir(path);
  expect(modeOf(path)).toBe(0o700);
});

it.each(['0750', '0705', '0711', '0777'])(
  'with mode %s and something in it: says which command mends it, and stays',
  (text) => {
    const mode = Number.parseInt(text, 8);
    const path = directoryOf(mode, true);
    expect(() => openStateDir(path)).toThrow(
      expect.objectContaining({
        code: 'usage',
        message: `others may open ${path} (mode ${text}): run chmod 700 ${path}`,
      }),
    );
    expect(modeOf(path)).toBe(mode);
    chmodSync(path, 0o700);
    expect(openStateDir(path).path).toBe(path);
  },
);

it('becomes private if it is empty, as container runtimes make it', () => {
  const path = directoryOf(0o755, false);
  openStateDir(path);
  expect(modeOf(path)).toBe(0o700);
});
