// Claims of the scenarios, in their quick form, with and without their mechanisms; without them they must
// fail. The others take longer: `npm run e2e -- SCENARIO --without MECHANISM`.

import { variants } from '@mesh/host/test-kit';
import { beforeAll, describe, expect, it } from 'vitest';
import { type LabMode, probeLab } from '../lab/index.ts';
import type { Mechanism, ScenarioResult } from '../src/scenario.ts';
import { tryTransit } from '../src/scenarios/leases/transit.ts';
import { leasesScenario } from '../src/scenarios/leases.ts';
import { readmissionScenario } from '../src/scenarios/readmission.ts';

let mode: LabMode;
beforeAll(() => {
  const probe = probeLab();
  if (probe.mode === 'none') throw new Error(probe.missing.join('; '));
  mode = probe.mode;
});

const quickly = (without?: Mechanism) => ({ mode, quick: true, without, say: () => undefined });

describe('a node that is admitted again', () => {
  it('is reached within a second after the boundary, in both directions', async () => {
    expect(await readmissionScenario.run(quickly())).toMatchObject({ ok: true });
  });

  it.each(variants([], ['keepalive'] as const))(
    'is not if peers are added without: %s',
    async (mechanism) => {
      const { ok, measured } = await readmissionScenario.run(
        quickly(readmissionScenario.mechanisms[mechanism]),
      );
      expect({ ok, oneWay: measured.first_packet_one_way_ms }).toEqual({
        ok: false,
        oneWay: { p50: Number.POSITIVE_INFINITY, max: Number.POSITIVE_INFINITY },
      });
    },
  );
});

describe('a node that is cut off from another one', () => {
  const figures = ({ ok, measured }: ScenarioResult) => ({
    ok,
    asked: Number(measured.asked_to_forward) > 0,
    arrived: Number(measured.arrived) > 0,
    pairsUp: measured.both_its_own_pairs_up,
  });

  it('does not reach it through a third that is a peer of both, whose host forwards', async () => {
    const result = await tryTransit(quickly());
    expect(figures(result)).toEqual({ ok: true, asked: true, arrived: false, pairsUp: true });
  });

  it.each(variants([], ['forwarding'] as const))('does if the guard lets it: %s', async (mechanism) => {
    const result = await tryTransit(quickly(leasesScenario.mechanisms[mechanism]));
    expect(figures(result)).toEqual({ ok: false, asked: true, arrived: true, pairsUp: true });
  });
});
