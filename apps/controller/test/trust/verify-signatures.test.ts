// Signatures get the strict verdict, whether one arrives alone or many in a turn, and whatever becomes of the
// thread that verifies them.

import { generateKeyPairSync, sign } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { rawPublicKeyOf } from '@mesh/host';
import { waitUntil } from '@mesh/host/test-kit';
import { encodeBase64, hasStrictForm, utf8 } from '@mesh/primitives';
import { afterEach, describe, expect, it } from 'vitest';
import { ED25519_MATRIX } from '../../../../packages/primitives/test/ed25519-matrix.ts';
import { SIGNED_CASES } from '../../../../packages/protocol/test/support/ed25519-cases.ts';
import { createEquationCheck, createOpensslCheck } from '../../src/trust/ed25519-equation.ts';
import { loadLibsodium } from '../../src/trust/libsodium.ts';
import { packSignatures, verifyPacked } from '../../src/trust/packed-signatures.ts';
import { VerifyInTurns } from '../../src/trust/verify-in-turns.ts';
import { SignatureVerifier } from '../../src/trust/verify-signature.ts';
import { newDirectory, removeDirectory } from '../support/journal.ts';

const opened: VerifyInTurns[] = [];
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});

function open(entry?: URL) {
  let here = 0;
  const lost: Error[] = [];
  const check = createEquationCheck();
  const equations = new VerifyInTurns({
    isValid: (...claim) => {
      here += 1;
      return check(...claim);
    },
    onThreadLost: (error) => lost.push(error),
    ...(entry === undefined ? {} : { entry }),
  });
  opened.push(equations);
  const verifier = new SignatureVerifier(equations);
  return { equations, verifier, lost, verifiedHere: () => here };
}

const { publicKey, privateKey } = generateKeyPairSync('ed25519');
const rawKey = rawPublicKeyOf(publicKey);
const claim = (text: string, signed = text) => ({
  signature: new Uint8Array(sign(null, utf8(signed), privateKey)),
  publicKey: rawKey,
  message: utf8(text),
});
/** Several at once until the thread has taken some. */
function untilThreadServes({ equations, verifiedHere }: ReturnType<typeof open>): Promise<void> {
  return waitUntil('the thread takes signatures', async () => {
    const before = verifiedHere();
    await Promise.all([equations.verify(claim('a')), equations.verify(claim('b'))]);
    return verifiedHere() === before;
  });
}

describe('a signature', () => {
  it.each(SIGNED_CASES)(
    '$name: $verifies, alone and among others',
    async ({ body, publicKey: key, verifies }) => {
      const opening = open();
      const ask = () => opening.verifier.verify('leave', body, encodeBase64(key));
      expect(await ask()).toBe(verifies);
      await untilThreadServes(opening);
      expect(await Promise.all([ask(), ask(), ask()])).toEqual([verifies, verifies, verifies]);
    },
  );

  it.each([
    ['OpenSSL', createOpensslCheck],
    ['libsodium', loadLibsodium],
    ['what is chosen here', createEquationCheck],
  ])('gets the strict verdict of %s in every case of the matrix, through one block', (_, create) => {
    const check = create();
    if (check === undefined) throw new Error('libsodium is not installed: run npm install');
    const strict = ED25519_MATRIX.filter((one) => hasStrictForm(one.signature, one.publicKey));
    // A key that is accepted has no torsion; of the others no backend is asked.
    const asked = strict.filter(({ keyIsAccepted }) => keyIsAccepted);
    expect(asked.length).toBeGreaterThan(5);
    const verdicts = verifyPacked(packSignatures(asked), check);
    expect([...verdicts]).toEqual(asked.map(({ verifies }) => (verifies ? 1 : 0)));
  });
});

describe('libsodium', () => {
  const strict = createOpensslCheck();
  const cofactored = ED25519_MATRIX.find(({ name }) => name === 'R with a torsion component');

  it.each<[string, Parameters<typeof loadLibsodium>[0]]>([
    [
      'is not installed',
      () => {
        throw new Error('Cannot find module');
      },
    ],
    [
      'accepts what the cofactor lets through',
      () => ({
        crypto_sign_verify_detached: (signature, ...rest) =>
          strict(signature, ...rest) || signature.equals(cofactored?.signature ?? new Uint8Array()),
      }),
    ],
    ['refuses everything', () => ({ crypto_sign_verify_detached: () => false })],
    [
      'fails',
      () => ({
        crypto_sign_verify_detached: () => {
          throw new Error('illegal instruction');
        },
      }),
    ],
  ])('that %s is not used', (_, load) => {
    expect(loadLibsodium(load)).toBeUndefined();
  });

  it('that gives the strict verdict is used', () => {
    expect(loadLibsodium(() => ({ crypto_sign_verify_detached: strict }))).toBeDefined();
    expect(loadLibsodium()).toBeDefined();
  });
});

describe('a turn', () => {
  it('with one signature is verified in this thread, with several in the other', async () => {
    const opening = open();
    await untilThreadServes(opening);
    const before = opening.verifiedHere();
    expect(await opening.equations.verify(claim('alone'))).toBe(true);
    expect(opening.verifiedHere()).toBe(before + 1);
    const claims = Array.from({ length: 200 }, (_, at) =>
      at % 3 === 0 ? claim(`text ${at}`, 'another text') : claim(`text ${at}`),
    );
    const verdicts = await Promise.all(claims.map((one) => opening.equations.verify(one)));
    expect(verdicts).toEqual(claims.map((_, at) => at % 3 !== 0));
    expect(opening.verifiedHere()).toBe(before + 1);
  });

  it('gets its verdicts in its order, whatever turn follows', async () => {
    const opening = open();
    await untilThreadServes(opening);
    const turns = Array.from({ length: 20 }, async (_, turn) => {
      for (let wait = 0; wait < turn % 5; wait++) await new Promise((resolve) => setImmediate(resolve));
      return Promise.all(
        [0, 1, 2].map((at) =>
          opening.equations.verify(claim(`${turn} ${at}`, at === turn % 3 ? 'no' : undefined)),
        ),
      );
    });
    for (const [turn, verdicts] of (await Promise.all(turns)).entries())
      expect(verdicts).toEqual([0, 1, 2].map((at) => at !== turn % 3));
  });
});

describe('an error of the verification', () => {
  it('is that of its own signature: the others of the turn get their verdicts', async () => {
    const check = createOpensslCheck();
    const equations = new VerifyInTurns({
      isValid: (signature, message, key) => {
        if (message.length === 0) throw new Error('this one');
        return check(signature, message, key);
      },
      onThreadLost: () => undefined,
    });
    opened.push(equations);
    const turn = [claim('a'), claim(''), claim('b', 'c')].map((one) => equations.verify(one));
    const results = await Promise.allSettled(turn);
    expect(results).toMatchObject([{ value: true }, { reason: { message: 'this one' } }, { value: false }]);
  });
});

describe('a thread that ends', () => {
  it('costs no verdict: what it had is verified in this thread, and so is all that follows', async () => {
    const directory = newDirectory();
    const program = join(directory, 'ends.mjs');
    writeFileSync(
      program,
      `import { parentPort } from 'node:worker_threads'; parentPort.on('message', () => process.exit(3));`,
    );
    const opening = open(pathToFileURL(program));
    const both = () =>
      Promise.all([opening.equations.verify(claim('a')), opening.equations.verify(claim('b', 'c'))]);
    await waitUntil('the thread has ended', async () => {
      expect(await both()).toEqual([true, false]);
      return opening.lost.length > 0;
    });
    expect(opening.lost).toHaveLength(1);
    const before = opening.verifiedHere();
    expect(await both()).toEqual([true, false]);
    expect(opening.verifiedHere()).toBe(before + 2);
    removeDirectory(directory);
  });

  it('because of close answers what is still waiting', async () => {
    const opening = open();
    await untilThreadServes(opening);
    const waiting = [claim('a'), claim('b', 'c'), claim('d')].map((one) => opening.equations.verify(one));
    await new Promise((resolve) => setImmediate(resolve));
    await opening.equations.close();
    expect(await Promise.all(waiting)).toEqual([true, false, true]);
    expect(await opening.equations.verify(claim('later'))).toBe(true);
    expect(opening.lost).toEqual([]);
  });
});
