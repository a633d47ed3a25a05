// Runs as a process until it is killed. It makes keys, takes sequence numbers and writes the spool as fast as
// it can, and prints after each step what is on disk.

import { randomBytes } from 'node:crypto';
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { loadOrCreateKeys } from '../../src/identity/key-files.ts';
import { SequenceFile } from '../../src/identity/sequence-file.ts';
import { createFileSpool } from '../../src/uplink/submit/spool.ts';

const [directory = ''] = process.argv.slice(2);
const say = (line: object) => writeSync(1, `${JSON.stringify(line)}\n`);
// The clock stands still, so only the file makes the numbers different.
const sequences = await SequenceFile.open({
  path: join(directory, 'sequences.json'),
  nowMs: () => 1_000,
  onUnsaved: (error) => {
    throw error;
  },
});
const spool = createFileSpool(join(directory, 'spool.json'));

for (let round = 0; ; round++) {
  const keys = loadOrCreateKeys(
    join(directory, `keys-${process.pid}-${round}`),
    (length) => new Uint8Array(randomBytes(length)),
  );
  say({ keys: `keys-${process.pid}-${round}`, publicKey: keys.wireguard.a.publicKey });
  const sequence = await sequences.next('benchmark');
  say({ sequence });
  await spool.write({
    sequence,
    measurement: { measuredAtMs: sequence, suiteVersion: 'x'.repeat(2_000), scores: { overall: 1 } },
  });
  say({ spooled: sequence });
}
