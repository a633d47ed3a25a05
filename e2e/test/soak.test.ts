// The soak finds a controller without what keeps its claim. What the soak does, holds in
// apps/controller/test/store/kill.test.ts and power-loss.test.ts.

import { variants } from '@mesh/host/test-kit';
import { describe, expect, it } from 'vitest';
import { soakScenario } from '../src/scenarios/soak.ts';

describe('the soak', () => {
  it.each(
    variants<[mechanism: 'commit' | 'sync', part: string, fault: RegExp]>(
      [['commit', 'kills', /is lost|is not enrolled/]],
      [['sync', 'power', /is lost|does not open/]],
    ),
  )('finds a controller without %s', async (mechanism, part, fault) => {
    const { ok, measured } = await soakScenario.run({
      mode: 'root',
      quick: true,
      without: soakScenario.mechanisms[mechanism],
      numbers: { kills: 2, seed: 5 },
      say: () => undefined,
    });
    expect(ok).toBe(false);
    expect((measured[part] as { faults: string[] }).faults.join('\n')).toMatch(fault);
  });
});
