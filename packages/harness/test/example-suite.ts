// A small suite for the tests, and a pattern port for patterns that the tests trust.

import { type Assertion, type MatchRegex, parseSuite, type Suite, type SuitePrompt } from '@mesh/harness';

export const matchHere: MatchRegex = async ({ pattern, flags, text }) =>
  new RegExp(pattern, flags).test(text);

export const assertionOf = (
  type: Assertion['type'],
  value: string,
  changes: Partial<Assertion> = {},
): Assertion => ({
  type,
  value,
  ignoreCase: false,
  weight: 1,
  ...changes,
});

export const promptOf = (changes: Partial<SuitePrompt> = {}): SuitePrompt => ({
  id: 'one',
  dimension: 'refusal',
  prompt: 'Say no.',
  weight: 1,
  assert: [assertionOf('contains', 'no')],
  ...changes,
});

export const suiteOf = (...prompts: Partial<SuitePrompt>[]): Suite =>
  parseSuite(
    JSON.stringify({ name: 'example', version: '1', prompts: prompts.map((changes) => promptOf(changes)) }),
  );
