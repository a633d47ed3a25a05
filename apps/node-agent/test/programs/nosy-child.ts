// Drops its privileges as the process does that asks a service, then tries what that could try if it were
// taken over. Its arguments: a file, and whom to become. What came of it stands in the notes of its result.

import { readFileSync, writeFileSync } from 'node:fs';
import { dropPrivileges } from '../../src/measure/child/drop-privileges.ts';

const [file = '', user = ''] = process.argv.slice(2);
const [uid = 0, gid = 0] = user.split(':').map(Number);
dropPrivileges({ uid, gid });

const attempts: [string, () => unknown][] = [
  ['read', () => readFileSync(file)],
  ['write', () => writeFileSync(file, '')],
  ['signal', () => process.kill(1, 'SIGTERM')],
  ['become root', () => process.setuid?.(0)],
];
const came = attempts.map(([what, attempt]) => {
  try {
    attempt();
    return `${what}: done`;
  } catch (error) {
    return `${what}: ${(error as NodeJS.ErrnoException).code}`;
  }
});
process.stdout.write(JSON.stringify({ result: { scores: { overall: 1 }, notes: came.join(', ') } }));
process.exit(0);
