// The claim about denials holds, and does not hold without what is said to keep it.
import { describe, expect, it } from 'vitest';
import { probeLab } from '../lab/index.ts';
import type { ScenarioResult } from '../src/scenario.ts';
import { denialScenario } from '../src/scenarios/denial.ts';

const { mode } = probeLab();
const said: string[] = [];

function deny(mechanism?: 'removal' | 'wake'): Promise<ScenarioResult> {
  if (mode === 'none') throw new Error('there is no WireGuard here');
  return denialScenario.run({
    mode,
    quick: true,
    without: mechanism === undefined ? undefined : denialScenario.mechanisms[mechanism],
    say: (text) => said.push(text),
  });
}

describe('the claim that a denied node is off every tunnel in under a second', () => {
  it('holds for every kind of denial, and nobody else notices', { timeout: 180_000 }, async () => {
    const { ok, measured } = await deny();
    expect({ ok, measured }, said.join('\n')).toMatchObject({
      ok: true,
      measured: { denials: 5, others_lost: 0 },
    });
  });

  it.each(['removal', 'wake'] as const)(
    'does not hold without: %s',
    { timeout: 180_000 },
    async (mechanism) => {
      const { ok, measured } = await deny(mechanism);
      expect(ok).toBe(false);
      // It is the denial that fails, and nothing else.
      expect(measured).toMatchObject({ denials: 1, others_lost: 0, not_planned: 0 });
    },
  );
});
