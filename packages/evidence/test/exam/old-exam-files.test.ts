// A file that was made once verifies for ever, as far as it goes.

import { readFileSync } from 'node:fs';
import { parseVerifierKey } from '@mesh/audit';
import { expect, it } from 'vitest';
import { parseExamFile, verifyExam } from '../../src/index.ts';
import { examVectorText } from './make-exam-vector.ts';

type Vector = Record<'file' | 'checkpoint' | 'smaller_checkpoint', string> &
  Record<'log_keys' | 'witness_keys', string[]>;
const textOf = (name: string) => readFileSync(new URL(`../vectors/${name}.json`, import.meta.url), 'utf8');
const vectorOf = (name: string) => JSON.parse(textOf(name)) as Vector;

it('is what this version makes, too', () => {
  expect(examVectorText()).toBe(textOf('exam-proof-signed'));
});

it.each([
  ['with signed results', 'exam-proof-signed', 'proven', []],
  [
    'of the first version, which has neither signatures nor policy,',
    'exam-proof',
    'incomplete',
    ['signatures message_not_kept', 'policy policy_not_recorded'],
  ],
])('a file %s verifies, and draws the same exam', (_what, name, expected, gaps) => {
  const vector = vectorOf(name);
  const logKeys = vector.log_keys.map(parseVerifierKey);
  const trust = {
    origin: logKeys[0]?.name ?? '',
    logKeys,
    witnessKeys: vector.witness_keys.map(parseVerifierKey),
    required: 2,
  };
  for (const seen of [undefined, vector.checkpoint, vector.smaller_checkpoint]) {
    const { verdict, exam, steps } = verifyExam(parseExamFile(vector.file), { ...trust, seen });
    expect(verdict).toBe(expected);
    expect(
      steps.flatMap((step) => (step.outcome === 'missing' ? [`${step.step} ${step.code}`] : [])),
    ).toEqual(gaps);
    expect(exam).toMatchObject({ nodeId: 'node-a', epochId: 12, pool: 'general' });
  }
});
