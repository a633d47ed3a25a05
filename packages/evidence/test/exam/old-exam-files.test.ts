// A file that was made once verifies for ever, with the same answer.

import { readFileSync } from 'node:fs';
import { parseVerifierKey } from '@mesh/audit';
import { expect, it } from 'vitest';
import { parseExamFile, verifyExam } from '../../src/index.ts';
import { examVectorText } from './make-exam-vector.ts';

const text = readFileSync(new URL('../vectors/exam-proof.json', import.meta.url), 'utf8');
const vector = JSON.parse(text) as Record<'file' | 'checkpoint' | 'smaller_checkpoint', string> &
  Record<'log_keys' | 'witness_keys', string[]>;

it('is what this version makes, too', () => {
  expect(examVectorText()).toBe(text);
});

it('verifies, and draws the same exam', () => {
  const logKeys = vector.log_keys.map(parseVerifierKey);
  const trust = {
    origin: logKeys[0]?.name ?? '',
    logKeys,
    witnessKeys: vector.witness_keys.map(parseVerifierKey),
    required: 2,
  };
  for (const seen of [undefined, vector.checkpoint, vector.smaller_checkpoint]) {
    const { verdict, exam } = verifyExam(parseExamFile(vector.file), { ...trust, seen });
    expect(verdict).toBe('proven');
    expect(exam).toMatchObject({ nodeId: 'node-a', epochId: 12, pool: 'general' });
  }
});
