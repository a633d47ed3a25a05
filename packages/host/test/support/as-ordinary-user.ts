// Runs a synchronous check as an ordinary user who owns `paths`, because file modes do not restrict root.

import { chownSync } from 'node:fs';

const NOBODY = 65_534;

export function asOrdinaryUser<T>(paths: readonly string[], run: () => T): T {
  if (process.getuid?.() !== 0 || process.seteuid === undefined) return run();
  for (const path of paths) chownSync(path, NOBODY, NOBODY);
  process.seteuid(NOBODY);
  try {
    return run();
  } finally {
    process.seteuid(0);
  }
}
