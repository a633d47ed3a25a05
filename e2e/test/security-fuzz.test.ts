// The fuzz of the security scenario, in its quick form: it finds a controller without one of its guards.

import { describe, expect, it } from 'vitest';
import type { Mechanism } from '../src/scenario.ts';
import { fuzzForLong } from '../src/scenarios/security/fuzz.ts';
import { SEQUENCES, SIGNATURES } from '../src/scenarios/security/mechanisms.ts';

const fuzz = (without?: Mechanism) =>
  fuzzForLong({ mode: 'root', quick: true, without, say: () => undefined });

describe('the fuzz', () => {
  it('holds', async () => {
    const { ok, measured } = await fuzz();
    expect(measured).toMatchObject({ faults: [] });
    expect(ok).toBe(true);
  });

  it.each([
    ['signatures are not checked', SIGNATURES],
    ['sequences are not checked', SEQUENCES],
  ])(
    'finds that %s',
    async (_what, mechanism) => {
      const { ok, measured } = await fuzz(mechanism);
      expect(ok).toBe(false);
      expect(measured.faults).toEqual([expect.stringMatching(/^seed \d+, path [\d:]+: .*it was accepted/)]);
    },
    240_000,
  );
});
