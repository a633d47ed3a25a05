// Logs more than its reader and the memory for waiting lines take. The other output tells when it is done,
// and the process ends when its input does.

import { createLogger } from '../../src/index.ts';

const [lines = '0'] = process.argv.slice(2);
const logger = createLogger({ destination: 'stdout' });
const filler = 'x'.repeat(1_000);
for (let n = 1; n <= Number(lines); n += 1) logger.info({ count: n, reason: filler }, 'line');
process.stderr.write('written\n');
process.stdin.resume().once('end', () => {
  logger.info('last');
  process.exit(0);
});
