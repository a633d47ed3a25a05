// The controller's verifiers on every class of cases that Project Wycheproof has for Ed25519: through the
// block in which signatures are passed to another thread, and over each library.

import { hasStrictForm } from '@mesh/primitives';
import { describe, expect, it } from 'vitest';
import { ED25519_CLASSES } from '../../../../packages/primitives/test/ed25519-classes.ts';
import { createEquationCheck, createOpensslCheck } from '../../src/trust/ed25519-equation.ts';
import { loadLibsodium } from '../../src/trust/libsodium.ts';
import { packSignatures, verifyPacked } from '../../src/trust/packed-signatures.ts';
import { VerifyInTurns } from '../../src/trust/verify-in-turns.ts';

const strict = ED25519_CLASSES.filter(({ signature, publicKey }) => hasStrictForm(signature, publicKey));

it('what has no strict form is refused before any library is asked, and none of it is valid', () => {
  const others = ED25519_CLASSES.filter((one) => !strict.includes(one));
  expect(others.length).toBeGreaterThan(50);
  expect(others.filter(({ verifies }) => verifies)).toEqual([]);
});

describe.each([
  ['OpenSSL', createOpensslCheck],
  ['libsodium', loadLibsodium],
  ['what is chosen here', createEquationCheck],
])('%s', (_name, create) => {
  it('gives the verdict of each case, in one block', () => {
    const check = create();
    if (check === undefined) throw new Error('libsodium is not installed: run npm install');
    const verdicts = [...verifyPacked(packSignatures(strict), check)];
    const wrong = strict.filter(({ verifies }, at) => (verdicts[at] === 1) !== verifies);
    expect(wrong.map(({ flag, name }) => `${flag}: ${name}`)).toEqual([]);
    expect(verdicts.filter((verdict) => verdict === 1).length).toBeGreaterThan(20);
  });
});

it('alone and many in a turn, the verdicts are the same', async () => {
  const equations = new VerifyInTurns({ isValid: createEquationCheck(), onThreadLost: () => undefined });
  const many = await Promise.all(strict.map((one) => equations.verify(one)));
  expect(many).toEqual(strict.map(({ verifies }) => verifies));
  for (const one of strict.slice(0, 20)) expect(await equations.verify(one)).toBe(one.verifies);
  await equations.close();
});
