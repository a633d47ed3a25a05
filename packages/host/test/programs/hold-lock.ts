// Takes a process lock and keeps it until killed. If the lock is refused, prints the code and ends.

import { writeSync } from 'node:fs';
import { acquireProcessLock, errorCodeOf } from '../../src/index.ts';

try {
  acquireProcessLock(process.argv[2] ?? '');
  writeSync(1, 'held\n');
  setInterval(() => {}, 60_000);
} catch (error) {
  writeSync(1, `${errorCodeOf(error)}\n`);
}
