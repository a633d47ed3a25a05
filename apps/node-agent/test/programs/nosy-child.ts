// Drops its privileges like the process that asks a service, and then tries what an attacker who had taken
// over that process could try. Its arguments are a file and the user to become. The notes of its result hold
// the outcome.

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
