// Thousands of malformed, forged and late requests at every route of a witness: each is refused as the
// specification has it, never with a 5xx, and nothing that was cosigned changes. `FUZZ_SEED=N` draws the
// attacks of an earlier run.

import { beforeAll, describe, expect, it } from 'vitest';
import type { Heads } from '../../src/store/heads.ts';
import { fuzzWitness } from '../support/fuzz/fuzz-witness.ts';

const seed = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31);
const REQUESTS = 2_000;
/** Enough to find a guard that is missing. */
const FEW = 400;

beforeAll(() => {
  process.stdout.write(`the attacks are drawn with FUZZ_SEED=${seed}\n`);
});

it(`${REQUESTS} attacks on a witness change nothing, and each is refused for what is wrong with it`, async () => {
  const { fault, sent, statuses } = await fuzzWitness({ requests: REQUESTS, seed });
  expect(fault).toBeUndefined();
  expect(sent).toBe(REQUESTS);
  expect(
    Object.fromEntries(Object.entries(statuses).map(([doom, counts]) => [doom, Object.keys(counts)])),
  ).toEqual({
    misformed: expect.arrayContaining(['400']),
    forged: expect.arrayContaining(['400', '403']),
    altered: ['403'],
    unfollowed: expect.arrayContaining(['400', '404']),
    wrong_old: ['409'],
    wrong_proof: ['422'],
    forked: ['422'],
    shrunk: ['400'],
    other_root: ['409'],
    earlier: ['422'],
  });
}, 300_000);

describe('the fuzz finds', () => {
  const faultWith = async (change: (stored: Heads) => Partial<Heads>): Promise<string> => {
    const spoil = (stored: Heads): Heads => ({
      alone: (work) => stored.alone(work),
      latest: (origin) => stored.latest(origin),
      replace: (origin, head) => stored.replace(origin, head),
      ...change(stored),
    });
    const { fault } = await fuzzWitness({ requests: FEW, seed, spoil });
    return fault ?? 'none';
  };

  it('a witness that has forgotten what it cosigned', async () => {
    expect(await faultWith(() => ({ latest: () => undefined, replace: () => undefined }))).toMatch(
      /^seed \d+, path .*it was accepted: 200/,
    );
  });

  it('a witness that fails where it should refuse', async () => {
    const fail = () => {
      throw new TypeError('no head');
    };
    expect(await faultWith(() => ({ latest: fail }))).toContain('the answer is 500');
  });

  it('a refusal that changes the database', async () => {
    const fault = await faultWith((stored) => ({
      alone: (work) =>
        stored.alone(() => {
          const head = stored.latest('log.example.org/mesh');
          if (head !== undefined)
            stored.replace('log.example.org/mesh', {
              ...head,
              cosignedAtSeconds: head.cosignedAtSeconds + 1,
            });
          return work();
        }),
    }));
    expect(fault).toContain('it has changed: the cosigned heads');
  });
});
