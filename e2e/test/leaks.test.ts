// No secret of a running mesh is in a file, a log, an answer, an argument or an environment where it does not
// belong, and a program that prints one is found out.

import { variants } from '@mesh/host/test-kit';
import { beforeAll, expect, it } from 'vitest';
import { type LabMode, probeLab } from '../lab/index.ts';
import type { Mechanism } from '../src/scenario.ts';
import { scanForLeaks } from '../src/scenarios/security/leaks.ts';
import { SILENCE } from '../src/scenarios/security/mechanisms.ts';

let mode: LabMode;
beforeAll(() => {
  const probe = probeLab();
  if (probe.mode === 'none') throw new Error(probe.missing.join('; '));
  mode = probe.mode;
});

const scan = (without?: Mechanism) => scanForLeaks({ mode, quick: true, without, say: () => undefined });

it('every secret of a mesh is at home, and nowhere else', async () => {
  const { ok, measured } = await scan();
  const clean = {
    found: [],
    not_found_at_home: [],
    open_to_others: [],
    planted_missed: [],
    found_at_stop: '',
  };
  expect(measured).toMatchObject({ ...clean, epoch_secret_known: true });
  expect(measured.handed_out).toEqual(['preshared key', 'API key', 'secret in the API key']);
  expect(ok).toBe(true);
  for (const kind of ['secrets', 'files', 'responses', 'processes'])
    expect(Number(measured[kind]), kind).toBeGreaterThan(10);
});

it.each(variants([], [SILENCE]))('programs that print what they read are found out', async (silence) => {
  const { ok, measured } = await scan(silence);
  expect(ok).toBe(false);
  // So would every other mesh of these tests be found out, when it stops.
  expect(measured.found_at_stop).toMatch(
    /^secrets are where they do not belong: .*master key in controller[.]log/,
  );
  expect(measured.found).toEqual(
    expect.arrayContaining([
      { secret: 'master key', place: 'controller.log', kind: 'file' },
      expect.objectContaining({ secret: 'identity key of a', place: 'a-agent.log' }),
    ]),
  );
});
