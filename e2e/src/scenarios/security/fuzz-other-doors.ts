// Attacks on the doors of a witness and on an agent's control socket, by tens of thousands.

import { fuzzControl } from '../../../../apps/node-agent/test/support/fuzz/fuzz-control.ts';
import { fuzzWitness } from '../../../../apps/witness/test/support/fuzz/fuzz-witness.ts';
import type { ScenarioResult, ScenarioRun } from '../../scenario.ts';

const REQUESTS = 40_000;
const QUICK_REQUESTS = 400;

/** `FUZZ_SEED` in the environment draws the attacks of an earlier run. */
export async function fuzzOtherDoors({ quick, say }: ScenarioRun): Promise<ScenarioResult> {
  const requests = quick ? QUICK_REQUESTS : REQUESTS;
  const seed = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 30);
  say(`${requests} attacks on each of two doors, drawn with FUZZ_SEED=${seed}`);
  const witness = await fuzzWitness({ requests, seed });
  const control = await fuzzControl({ requests, seed });
  const faults = [witness, control].flatMap(({ fault }) => (fault === undefined ? [] : [fault]));
  return {
    ok: faults.length === 0,
    measured: {
      seed,
      attacks: witness.sent + control.sent,
      faults,
      witness_statuses: witness.statuses,
      control_codes: control.codes,
    },
  };
}
