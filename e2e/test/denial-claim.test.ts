// The claim about denials holds, and fails without the mechanisms that should keep it.

import { whenInFull } from '@mesh/host/test-kit';
import { describe, expect, it } from 'vitest';
import { probeLab } from '../lab/index.ts';
import type { ScenarioResult } from '../src/scenario.ts';
import { denialScenario } from '../src/scenarios/denial.ts';

async function deny(mechanism?: 'removal' | 'wake'): Promise<ScenarioResult & { said: string }> {
  const probe = probeLab();
  if (probe.mode === 'none') throw new Error(probe.missing.join('; '));
  const said: string[] = [];
  const result = await denialScenario.run({
    mode: probe.mode,
    quick: true,
    without: mechanism === undefined ? undefined : denialScenario.mechanisms[mechanism],
    say: (text) => said.push(text),
  });
  return { ...result, said: said.join('\n') };
}

describe('the claim that a denied node is off every tunnel in under a second', () => {
  it('holds for every kind of denial, and no other pair notices', async () => {
    const { ok, measured, said } = await deny();
    expect(ok, `${said}\n${JSON.stringify(measured)}`).toBe(true);
    expect(measured.denials).toBe(5);
  });

  whenInFull(() => {
    // Without `wake`, a denial that coincides with the publication of an epoch still gets through. The first
    // one does not coincide with any, unless the machine is very busy.
    it.each([
      ['removal', 1],
      ['wake', 4],
    ] as const)('does not hold without: %s', async (mechanism, latest) => {
      const { ok, measured } = await deny(mechanism);
      // Only denials fail.
      expect({ ok, ...measured }).toMatchObject({ ok: false, others_lost: 0, not_planned: [] });
      expect(measured.denials).toBeLessThanOrEqual(latest);
    });
  });
});
