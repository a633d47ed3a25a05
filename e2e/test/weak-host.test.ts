// The claim that a service bound to the overlay address is reached only over the overlay: it holds, and fails
// without the host rules.

import { expect, it } from 'vitest';
import { probeLab } from '../lab/index.ts';
import type { ScenarioRun } from '../src/scenario.ts';
import { besiege, weakHostScenario } from '../src/scenarios/weak-host.ts';

function quickly(): ScenarioRun {
  const { mode, missing } = probeLab();
  if (mode === 'none') throw new Error(missing.join('; '));
  return { mode, quick: true, say: () => undefined };
}

it('nobody reaches the overlay address from outside the overlay, with real agents', async () => {
  expect(await weakHostScenario.run(quickly())).toMatchObject({
    ok: true,
    measured: { in_place: { succeeded: [], rounds_whose_control_held: 1 } },
  });
});

it('without the host rules it is reached in each of five ways and by both families', async () => {
  // Only in place: the scenario would also attack a mesh with strict rotation, which has long epochs.
  const without = weakHostScenario.mechanisms['host-rules'];
  const { ok, measured } = await besiege({ ...quickly(), without }, 'in_place');
  expect(ok).toBe(false);
  const { succeeded, attempts } = measured as { succeeded: string[]; attempts: string[] };
  expect(succeeded.sort()).toEqual(
    attempts.flatMap((name) => [4, 6].map((family) => `rp_filter 0: ${name} (IPv${family})`)).sort(),
  );
});
