// The claim that a service bound to the overlay address is reached only over the overlay: it holds, and fails without the
// host rules.

import { expect, it } from 'vitest';
import { probeLab } from '../lab/index.ts';
import type { Mechanism } from '../src/scenario.ts';
import { weakHostScenario } from '../src/scenarios/weak-host.ts';

const LONG = { timeout: 180_000 };

async function attempt(without?: Mechanism) {
  const { mode, missing } = probeLab();
  if (mode === 'none') throw new Error(missing.join('; '));
  const { ok, measured } = await weakHostScenario.run({ mode, quick: true, without, say: () => undefined });
  return {
    ok,
    ...(measured.in_place as { succeeded: string[]; attempts: string[]; rounds_whose_control_held: number }),
  };
}

it('nobody reaches the overlay address around the mesh, with real agents', LONG, async () => {
  expect(await attempt()).toMatchObject({ ok: true, succeeded: [], rounds_whose_control_held: 1 });
});

it('everybody does without the host rules, in each of five ways and by both families', LONG, async () => {
  const { ok, succeeded, attempts } = await attempt(weakHostScenario.mechanisms['host-rules']);
  expect(ok).toBe(false);
  expect(succeeded.sort()).toEqual(
    attempts.flatMap((name) => [4, 6].map((family) => `rp_filter 0: ${name} (IPv${family})`)).sort(),
  );
});
