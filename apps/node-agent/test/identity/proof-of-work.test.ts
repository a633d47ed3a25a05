// The work that a controller under load asks of an agent: done once, within bounds, and said.

import { createChallenge } from 'altcha-lib';
import { deriveKey } from 'altcha-lib/algorithms/pbkdf2';
import { describe, expect, it } from 'vitest';
import { solveProofOfWork } from '../../src/identity/solve-proof-of-work.ts';

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64');
const decode = (text: string) => JSON.parse(Buffer.from(text, 'base64').toString());

const challenge = (over: object = {}) =>
  createChallenge({
    algorithm: 'PBKDF2/SHA-256',
    cost: 10,
    keyPrefix: '0',
    deriveKey,
    hmacSignatureSecret: 'x',
    ...over,
  });

describe('an agent', () => {
  it('sends back the challenge as it was, with a key that begins as it is to', async () => {
    const asked = await challenge();
    const { challenge: returned, solution } = decode(await solveProofOfWork(encode(asked)));
    expect(returned).toEqual(asked);
    expect(solution.derivedKey).toMatch(/^0[0-9a-f]{63}$/);
  });

  it('gives up after its time, and says what to do', async () => {
    const asked = encode(await challenge({ cost: 20_000, keyPrefix: '000000' }));
    await expect(solveProofOfWork(asked, 1)).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('run the same command again later'),
    });
  });

  it.each([
    ['no JSON', () => 'AAAA'],
    ['nothing', () => ''],
    ['another algorithm', async () => encode(await changed({ algorithm: 'SCRYPT' }))],
    ['a try of minutes', async () => encode(await changed({ cost: 100_001 }))],
    ['seven zeros', async () => encode(await changed({ keyPrefix: '0000000' }))],
    ['a longer key', async () => encode(await changed({ keyLength: 1_000_000 }))],
  ])('refuses %s at once', async (_what, asked) => {
    await expect(solveProofOfWork(await asked())).rejects.toMatchObject({ code: 'failed' });
  });
});

async function changed(parameters: object) {
  const made = await challenge();
  return { ...made, parameters: { ...made.parameters, ...parameters } };
}
