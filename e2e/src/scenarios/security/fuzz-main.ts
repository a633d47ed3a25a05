// One share of a long fuzz, in a process of its own: a controller, and attacks on all its doors over real
// sockets. `node fuzz-main.ts REQUESTS SEED`; a line of JSON for progress, and one at the end.

import { fuzzDoors } from '../../../../apps/controller/test/support/fuzz/fuzz-doors.ts';
import { startFuzzMesh } from '../../../../apps/controller/test/support/fuzz/fuzz-mesh.ts';
import { findForms } from '../../../../apps/controller/test/support/fuzz/message-forms.ts';
import { scratched } from '../../../../apps/controller/test/support/fuzz/scratched.ts';
import { leaksOf } from './fuzz-leaks.ts';

const [requests, seed] = process.argv.slice(2).map(Number);
const say = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

const forms = await findForms();
await using mesh = await startFuzzMesh();
const report = await fuzzDoors(mesh, forms, {
  requests: requests ?? 0,
  seed: seed ?? 0,
  onProgress: (sent) => say({ sent }),
});
// After a fault the mesh holds what the attacker put into it: a node may have a key that is not its own.
const held = report.fault === undefined;
say({
  result: {
    report,
    leaks: held ? await leaksOf(mesh) : [],
    scratched: held ? scratched(report, forms) : [],
  },
});
