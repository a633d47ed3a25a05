// Strangers who come in numbers have to work before they cost the controller anything, and a solution works
// once.

import { FakeClock } from '@mesh/host/test-kit';
import { ProblemError } from '@mesh/protocol';
import { type Challenge, solveChallenge } from 'altcha-lib';
import { deriveKey } from 'altcha-lib/algorithms/pbkdf2';
import { beforeEach, describe, expect, it } from 'vitest';
import { ProofOfWork } from '../../src/trust/proof-of-work.ts';
import { startTestController, type TestController } from '../support/index.ts';
import { problemOf } from '../support/running-mesh.ts';

const limits = { node_per_minute: 1_000, address_per_minute: 1_000, enrolments_per_minute: 2 };

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64');
const decode = (text: string) => JSON.parse(Buffer.from(text, 'base64').toString());

async function solve(asked: string): Promise<string> {
  const challenge = decode(asked) as Challenge;
  return encode({ challenge, solution: await solveChallenge({ challenge, deriveKey }) });
}

/** Asks for an enrolment challenge. @returns the work that is asked for, undefined if it is given */
async function askedFor({ public: client }: TestController, proof_of_work?: string): Promise<unknown> {
  try {
    await client.challenge(proof_of_work === undefined ? {} : { proof_of_work });
    return undefined;
  } catch (error) {
    return error instanceof ProblemError ? error.problem.proof_of_work : error;
  }
}

describe('an enrolment', () => {
  it('beyond those that are free in a minute has to be worked for, and each solution works once', async () => {
    const clock = new FakeClock({ nowMs: Date.now() });
    await using controller = await startTestController({ clock, config: { limits } });
    expect([await askedFor(controller), await askedFor(controller)]).toEqual([undefined, undefined]);
    const asked = await askedFor(controller);
    expect(await problemOf(controller.public.challenge())).toEqual({ code: 'rate_limited', retryAfter: 60 });
    const solution = await solve(String(asked));
    expect(await askedFor(controller, solution)).toBeUndefined();
    expect(await askedFor(controller, solution)).toEqual(expect.any(String));
    expect(controller.running.services.flood.totals.proof_of_work).toBe(3);
    await clock.advance(30_000);
    expect(await askedFor(controller)).toBeUndefined();
  });

  it('costs a stranger nothing where no work is asked for', async () => {
    await using controller = await startTestController({ config: { limits } });
    controller.running.services.requireWork.check = () => Promise.resolve();
    for (let asked = 0; asked < 50; asked++) expect(await askedFor(controller)).toBeUndefined();
  });

  it('without a challenge that was given out is refused before its token is looked at', async () => {
    await using controller = await startTestController({ config: { limits } });
    const { view } = controller.running.services;
    const looked: string[] = [];
    const { token } = view;
    view.token = (tokenId) => {
      looked.push(tokenId);
      return token.call(view, tokenId);
    };
    const request = {
      mesh_id: 'testmesh',
      node_id: 'node-a',
      token: await controller.token(),
      challenge_id: 'A'.repeat(24),
      csr_pem: '-----BEGIN CERTIFICATE REQUEST-----',
      identity_key: Buffer.alloc(32, 1).toString('base64'),
      wg_public_keys: { a: Buffer.alloc(32, 9).toString('base64') },
      wg_proofs: { a: Buffer.alloc(32, 1).toString('base64') },
      endpoint: { listen_ports: { a: 1 }, advertise: [] },
      sent_at: new Date().toISOString(),
      signature: Buffer.alloc(64).toString('base64'),
    };
    looked.length = 0;
    const refused = await problemOf(controller.public.enrol(request as never));
    expect(refused.code).toBe('challenge_expired');
    expect(looked).toEqual([]);
  });
});

describe('a proof of work', () => {
  const NOW = Date.now();
  let work: ProofOfWork;
  beforeEach(() => {
    work = new ProofOfWork({ randomBytes: (length) => new Uint8Array(length).fill(7), keyPrefix: '0' });
  });

  it('is accepted once, also when it is sent twice at the same time', async () => {
    const solution = await solve(await work.challenge(NOW));
    const outcomes = await Promise.all([1, 2, 3].map(() => work.accept(solution, NOW)));
    expect(outcomes.sort()).toEqual(['accepted', 'refused', 'refused']);
  });

  it('is accepted until its challenge expires, and is spent until then', async () => {
    const first = await solve(await work.challenge(NOW));
    expect(await work.accept(first, NOW + 300_000)).toBe('refused');
    expect(await work.accept(first, NOW + 298_000)).toBe('accepted');
    // Another one that is accepted after that lets the first one be forgotten, which has expired itself.
    const later = await solve(await work.challenge(NOW + 200_000));
    expect(await work.accept(later, NOW + 301_000)).toBe('accepted');
    expect(await work.accept(first, NOW + 301_000)).toBe('refused');
  });

  it('of another controller, or of one that was started again, is refused', async () => {
    const other = new ProofOfWork({
      randomBytes: (length) => new Uint8Array(length).fill(8),
      keyPrefix: '0',
    });
    expect(await work.accept(await solve(await other.challenge(NOW)), NOW)).toBe('refused');
  });

  it.each([
    [
      'an easier prefix',
      (proof: Proof) => ({ ...proof, challenge: withParameters(proof, { keyPrefix: '' }) }),
    ],
    ['fewer iterations', (proof: Proof) => ({ ...proof, challenge: withParameters(proof, { cost: 1 }) })],
    [
      'a later end',
      (proof: Proof) => ({ ...proof, challenge: withParameters(proof, { expiresAt: 4_000_000_000 }) }),
    ],
    ['another counter', (proof: Proof) => ({ ...proof, solution: { ...proof.solution, counter: 1e9 } })],
    ['a negative counter', (proof: Proof) => ({ ...proof, solution: { ...proof.solution, counter: -1 } })],
    [
      'another key',
      (proof: Proof) => ({ ...proof, solution: { ...proof.solution, derivedKey: '00'.repeat(32) } }),
    ],
    ['no solution', ({ challenge }: Proof) => ({ challenge })],
    [
      'no signature',
      ({ challenge, solution }: Proof) => ({ challenge: { parameters: challenge.parameters }, solution }),
    ],
    [
      'no parameters',
      ({ challenge, solution }: Proof) => ({ challenge: { signature: challenge.signature }, solution }),
    ],
    ['null', () => null],
    ['a number', () => 1],
    ['much else', (proof: Proof) => ({ ...proof, rest: 'x'.repeat(2_000) })],
  ])('with %s is refused', async (_what, change) => {
    const proof = decode(await solve(await work.challenge(NOW))) as Proof;
    expect(await work.accept(encode(change(proof)), NOW)).toBe('refused');
    expect(await work.accept(encode(proof), NOW)).toBe('accepted');
  });

  it.each(['', 'AAAA', 'no base64', '{}'])('that is %j is refused', async (text) => {
    expect(await work.accept(text, NOW)).toBe('refused');
  });
});

interface Proof {
  readonly challenge: Challenge;
  readonly solution: object;
}

const withParameters = ({ challenge }: Proof, changed: object) => ({
  ...challenge,
  parameters: { ...challenge.parameters, ...changed },
});
