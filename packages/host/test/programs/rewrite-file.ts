// Replaces one file for ever, each time with 64 kB of another letter. Prints a line after the first time.

import { writeSync } from 'node:fs';
import { writeFileAtomic, writeFileAtomicSync } from '../../src/index.ts';

const [path = '', form = 'sync'] = process.argv.slice(2);
for (let round = 0; ; round++) {
  const content = 'abcdefghij'.charAt(round % 10).repeat(65_536);
  if (form === 'sync') writeFileAtomicSync(path, content);
  else await writeFileAtomic(path, content);
  if (round < 20) writeSync(1, `round ${round}\n`);
}
