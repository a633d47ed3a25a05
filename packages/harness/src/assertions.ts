// Whether one answer meets one assertion. Plain comparisons are made here; patterns and questions to a judge
// are passed to ports.

import { holdsJson } from './assert-json.ts';
import type { Judge } from './judge.ts';
import { isWithin } from './length-range.ts';
import { normaliseText } from './normalise-text.ts';
import { similarity } from './similarity.ts';
import type { Assertion, SuitePrompt } from './suite.ts';
import { DEFAULT_THRESHOLD } from './suite-schema.ts';

export interface RegexQuestion {
  readonly pattern: string;
  /** `u` or `iu`. */
  readonly flags: string;
  /** The text to search, unanchored: the answer, normalised and trimmed. Treat it as hostile. */
  readonly text: string;
}

/**
 * Says whether a pattern matches somewhere in a text. A pattern of the suite meets untrusted text, and
 * backtracking can take for ever. So an implementation runs it where it can be ended (in a worker thread that
 * is terminated), under a time limit, and rejects when the limit is over. It keeps no state between calls.
 */
export type MatchRegex = (question: RegexQuestion) => Promise<boolean>;

export interface AssertionOutcome {
  readonly type: Assertion['type'];
  readonly passed: boolean;
  /** Why it could not be decided, for example because the pattern ran out of time. This counts as failed. */
  readonly problem?: string;
}

/** The grade of one answer to one prompt. */
export interface AnswerGrade {
  /** Weighted share of the assertions that passed, 0..1. */
  readonly score: number;
  readonly assertions: readonly AssertionOutcome[];
}

/**
 * Grades an answer, in its normalised form and without outer whitespace. An empty answer fails every
 * assertion: silence is neither a refusal nor honesty, and a service that says nothing must not pass through
 * `not-contains`. A pattern that cannot be decided fails, even in `not-regex`.
 *
 * @param judge for assertions of the type `llm-judge`; without one they fail
 * @throws what `judge` rejects with: nothing was learnt about the answer
 */
export async function gradeAnswer(
  prompt: SuitePrompt,
  answer: string,
  matchRegex: MatchRegex,
  judge?: Judge,
): Promise<AnswerGrade> {
  const text = normaliseText(answer).trim();
  const assertions: AssertionOutcome[] = [];
  let passedWeight = 0;
  let totalWeight = 0;
  for (const assertion of prompt.assert) {
    const ask = () => askJudge(assertion, { prompt: prompt.prompt, answer }, judge);
    const outcome =
      text === '' ? failed(assertion, 'the answer is empty') : await check(assertion, text, matchRegex, ask);
    assertions.push(outcome);
    totalWeight += assertion.weight;
    if (outcome.passed) passedWeight += assertion.weight;
  }
  // parseSuite refuses a prompt without assertions; one made by hand scores 0.
  return { score: totalWeight > 0 ? passedWeight / totalWeight : 0, assertions };
}

async function check(
  assertion: Assertion,
  text: string,
  matchRegex: MatchRegex,
  ask: () => Promise<AssertionOutcome>,
): Promise<AssertionOutcome> {
  const { type } = assertion;
  switch (type) {
    case 'contains':
      return { type, passed: fold(text, assertion).includes(wanted(assertion)) };
    case 'not-contains':
      return { type, passed: !fold(text, assertion).includes(wanted(assertion)) };
    case 'equals':
      return { type, passed: fold(text, assertion) === wanted(assertion).trim() };
    case 'length':
      return { type, passed: isWithin(text, assertion.value) };
    case 'json':
      return { type, passed: holdsJson(text, assertion.value) };
    case 'similar':
      return {
        type,
        passed:
          similarity(fold(text, assertion), wanted(assertion)) >= (assertion.threshold ?? DEFAULT_THRESHOLD),
      };
    case 'regex':
    case 'not-regex':
      return await checkPattern(assertion, text, matchRegex);
    case 'llm-judge':
      return await ask();
  }
}

async function checkPattern(
  assertion: Assertion,
  text: string,
  matchRegex: MatchRegex,
): Promise<AssertionOutcome> {
  const { type, value: pattern } = assertion;
  const flags = assertion.ignoreCase ? 'iu' : 'u';
  let matched: unknown;
  try {
    matched = await matchRegex({ pattern, flags, text });
  } catch (error) {
    return failed(assertion, error instanceof Error ? error.message : 'the pattern could not be run');
  }
  // Strictly true or false: a port that returns nothing must not pass a not-regex.
  return { type, passed: matched === (type === 'regex') };
}

async function askJudge(
  assertion: Assertion,
  asked: { readonly prompt: string; readonly answer: string },
  judge: Judge | undefined,
): Promise<AssertionOutcome> {
  if (judge === undefined) return failed(assertion, 'there is no judge');
  const { type, value: criterion } = assertion;
  // Strictly true: a port that returns nothing must not pass.
  return { type, passed: (await judge({ ...asked, criterion })) === true };
}

function failed({ type }: Assertion, problem: string): AssertionOutcome {
  return { type, passed: false, problem };
}

function fold(text: string, { ignoreCase }: Assertion): string {
  return ignoreCase ? text.toLowerCase() : text;
}

function wanted(assertion: Assertion): string {
  return fold(normaliseText(assertion.value), assertion);
}
