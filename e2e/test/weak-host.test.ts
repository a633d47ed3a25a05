// The claim that a service bound to the overlay address is reached only over the overlay: it holds, and fails
// without the host rules.

import { variants } from '@mesh/host/test-kit';
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

it.each(variants([], ['host-rules'] as const))(
  'without %s it is reached in each of five ways and by both families',
  async (mechanism) => {
    // Only in place: the scenario would also attack a mesh with strict rotation, which has long epochs.
    const without = weakHostScenario.mechanisms[mechanism];
    const { ok, measured } = await besiege({ ...quickly(), without }, 'in_place');
    expect(ok).toBe(false);
    const { succeeded, attempts } = measured as { succeeded: string[]; attempts: string[] };
    expect(succeeded.sort()).toEqual(
      attempts.flatMap((name) => [4, 6].map((family) => `rp_filter 0: ${name} (IPv${family})`)).sort(),
    );
  },
);
