// Thousands of malformed and odd requests at the control socket: each gets an answer that the commands
// understand, and nothing is carried out. `FUZZ_SEED=N` draws the attacks of an earlier run.

import { jsonRequest } from '@mesh/host/fuzz-kit';
import { beforeAll, describe, expect, it } from 'vitest';
import { FORMS } from '../support/fuzz/control-attacks.ts';
import { type ControlFuzzOptions, carriedOut, fuzzControl } from '../support/fuzz/fuzz-control.ts';

const seed = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31);
const REQUESTS = 3_000;
/** Enough to find a guard that is missing. */
const FEW = 400;

beforeAll(() => {
  process.stdout.write(`the attacks are drawn with FUZZ_SEED=${seed}\n`);
});

it(`${REQUESTS} attacks on the control socket change nothing`, async () => {
  const { sent, codes, fault } = await fuzzControl({ requests: REQUESTS, seed });
  expect(fault).toBeUndefined();
  expect(sent).toBe(REQUESTS);
  // Good requests for a peer that is none are refused by the agent itself.
  for (const code of ['usage', 'failed', 'answered', 'no request'])
    expect(codes[code], code).toBeGreaterThan(5);
}, 300_000);

describe('the fuzz finds', () => {
  const faultWith = async (spoil: ControlFuzzOptions['spoil']): Promise<string> =>
    (await fuzzControl({ requests: FEW, seed, ...(spoil === undefined ? {} : { spoil }) })).fault ?? 'none';

  it('an agent that carries out what must be refused', async () => {
    const rtts = async () => ({ node_id: 'nobody', address: '10.0.0.1', rtts_ms: [] });
    expect(await faultWith({ ping: rtts })).toMatch(/^seed \d+, path .*it was accepted/);
  });

  it('an agent that fails where it should refuse', async () => {
    const fail = async () => {
      throw new TypeError('not a peer');
    };
    expect(await faultWith({ ping: fail })).toContain('a control request failed');
  });
});

it.each([
  [FORMS[1], 'rotate keys'],
  [FORMS[2], 'accept a head'],
])('what the attacks are made from is carried out (control)', async (form, change) => {
  const { path, good, isGood } = form as (typeof FORMS)[number];
  expect([isGood(good), isGood({ ...good, more: 1 })]).toEqual([true, false]);
  expect(await carriedOut(jsonRequest('POST', path, good))).toEqual([change]);
});
