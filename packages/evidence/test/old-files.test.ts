// A file that was made once verifies for ever, with the same answer.

import { readFileSync } from 'node:fs';
import { parseVerifierKey } from '@mesh/audit';
import { expect, it } from 'vitest';
import { parseProofFile, verifyProof } from '../src/index.ts';
import { vectorText } from './support/make-vector.ts';

const text = readFileSync(new URL('vectors/denial-proof.json', import.meta.url), 'utf8');
const vector = JSON.parse(text) as Record<'file' | 'checkpoint' | 'smaller_checkpoint', string> &
  Record<'log_keys' | 'witness_keys', string[]>;

it('is what this version makes, too', () => {
  expect(vectorText()).toBe(text);
});

it('verifies, and gives the same decision with the same reason', () => {
  const logKeys = vector.log_keys.map(parseVerifierKey);
  const trust = {
    origin: logKeys[0]?.name ?? '',
    logKeys,
    witnessKeys: vector.witness_keys.map(parseVerifierKey),
    required: 2,
  };
  for (const seen of [undefined, vector.checkpoint, vector.smaller_checkpoint]) {
    const { verdict, decision, steps } = verifyProof(parseProofFile(vector.file), { ...trust, seen });
    expect(verdict).toBe('proven');
    expect(decision).toMatchObject({ type: 'node_denied', reasonCode: 'below_threshold', index: 6 });
    expect(steps.at(-1)?.sentence).toContain("overall 0.40 is below the policy's threshold of 0.7");
  }
});
