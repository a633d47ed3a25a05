// Tens of thousands of malformed, forged, replayed and odd requests at every route of every door: never a
// 5xx, always a problem with a code, never a change of state. `FUZZ_SEED=N` draws the attacks of an earlier
// run.

import { beforeAll, describe, expect, it } from 'vitest';
import { fuzzDoors } from '../support/fuzz/fuzz-doors.ts';
import { type FuzzMesh, startFuzzMesh } from '../support/fuzz/fuzz-mesh.ts';
import { type Form, findForms } from '../support/fuzz/message-forms.ts';
import { isScratched, scratched } from '../support/fuzz/scratched.ts';
import { nameOf, type Target, targets } from '../support/fuzz/targets.ts';

const seed = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31);
const REQUESTS = 20_000;
/** Enough to find a guard that is missing. */
const FEW = 1_500;

let forms: ReadonlyMap<Target, Form>;
beforeAll(async () => {
  process.stdout.write(`the attacks are drawn with FUZZ_SEED=${seed}\n`);
  forms = await findForms();
});

it('most routes that take a POST were found to take a message', () => {
  const posts = targets.filter(({ method }) => method === 'POST');
  const without = posts.filter((target) => forms.get(target) === undefined).map(nameOf);
  expect(without.length).toBeLessThan(posts.length / 2);
  expect([...forms.values()].filter((form) => form?.signing !== undefined).length).toBeGreaterThanOrEqual(6);
});

it(`${REQUESTS} attacks on all doors change nothing, and every route is reached as deep as it goes`, async () => {
  await using mesh = await startFuzzMesh();
  const report = await fuzzDoors(mesh, forms, {
    requests: REQUESTS,
    seed,
    // Chance gives a route few attacks now and then.
    isScratched: (target, count) => isScratched(target, count, forms.get(target)),
  });
  expect(report.fault).toBeUndefined();
  expect(scratched(report, forms)).toEqual([]);
  expect(report.sent).toBeGreaterThanOrEqual(REQUESTS);
  const failed = mesh.controller.logLines.filter((line) => line.includes('a request failed'));
  expect(failed).toEqual([]);
});

describe('the fuzz finds', () => {
  const faultOf = async (spoil: (mesh: FuzzMesh) => void): Promise<string> => {
    await using mesh = await startFuzzMesh();
    const report = await fuzzDoors(mesh, forms, { requests: FEW, seed, onReady: () => spoil(mesh) });
    return report.fault ?? 'none';
  };

  it('a controller that verifies no signature', async () => {
    const fault = await faultOf(({ controller }) => {
      controller.running.services.signatures.verify = async () => true;
    });
    expect(fault).toMatch(/it was accepted|the record of a node has changed|the log has new entries/);
    expect(fault).toContain('seed');
  });

  it('a controller that fails where it should refuse', async () => {
    const fault = await faultOf(({ controller }) => {
      controller.running.services.signatures.verify = async () => {
        throw new TypeError('not a signature');
      };
    });
    expect(fault).toContain('the answer is 500');
  });

  it('a refusal that changes the database', async () => {
    const fault = await faultOf(({ controller }) => {
      const { signatures } = controller.running.services;
      const verify = signatures.verify.bind(signatures);
      signatures.verify = (...claim) => {
        controller.db.prepare('UPDATE tokens SET uses_left = uses_left + 1').run();
        return verify(...claim);
      };
    });
    expect(fault).toContain('a table of the database has changed');
  });
});
