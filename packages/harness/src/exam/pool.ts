// A pool of exam items: a suite whose items are drawn, each used a few times and then opened.

import { defined } from '@mesh/primitives';
import { expandSuite, type SuiteProblem } from '../expand-suite.ts';
import type { Assertion, SuitePrompt } from '../suite.ts';
import { poolSchema } from '../suite-schema.ts';
import { readSuiteText } from '../suite-text.ts';

/** One item, as it is sealed. */
export interface PoolItem {
  readonly id: string;
  readonly dimension: string;
  /** The system message that goes before the prompt; the same for all items of a pool. */
  readonly system?: string;
  readonly prompt: string;
  readonly weight: number;
  readonly assert: readonly Assertion[];
  /** The id of the item that this one asks in other words. */
  readonly paraphraseOf?: string;
}

/** Indices of an item and of its paraphrase. */
export type PoolPair = readonly [known: number, paraphrase: number];

export interface ExamPool {
  readonly pool: string;
  /** In how many exams an item is asked before it is retired. */
  readonly uses: number;
  /** Name and version of the suite. */
  readonly name: string;
  readonly version: string;
  readonly system?: string | undefined;
  readonly items: readonly PoolItem[];
  /** Each item is in one pair at most. By the index of the known item. */
  readonly pairs: readonly PoolPair[];
}

/**
 * Reads a pool: a suite file with `pool: NAME`, `uses: NUMBER` and, where a prompt asks the same as another
 * in other words, `paraphraseOf: ID`. Everything that `parseSuite` refuses is refused here too. So are
 * `llm-judge`, as examiners have no judge, and two items with one prompt.
 *
 * @throws HarnessError `invalid_suite`; the message names line and path of every problem.
 */
export function parsePool(text: string): ExamPool {
  const { written, refuse } = readSuiteText(text, poolSchema);
  const suite = expandSuite(written);
  if ('problems' in suite) throw refuse(suite.problems);
  const { pool, uses } = written;
  const { name, version, system, prompts } = suite;
  const { pairs, problems } = pairsOf(prompts);
  const wrong = [...problems, ...findUnfit(prompts)];
  if (wrong.length > 0) throw refuse(wrong);
  const items = prompts.map((prompt): PoolItem => ({ ...prompt, ...defined({ system }) }));
  return { pool, uses, name, version, ...defined({ system }), items, pairs };
}

function findUnfit(prompts: readonly SuitePrompt[]): SuiteProblem[] {
  const problems: SuiteProblem[] = [];
  const firstWith = new Map<string, string>();
  for (const { id, prompt, assert } of prompts) {
    const first = firstWith.get(prompt);
    if (first === undefined) firstWith.set(prompt, id);
    else problems.push(problemOf(`item ${id} has the prompt of ${first}: a pool holds each prompt once`));
    if (assert.some(({ type }) => type === 'llm-judge'))
      problems.push(problemOf(`item ${id} asks for an llm-judge, which examiners do not have`));
  }
  return problems;
}

function pairsOf(prompts: readonly SuitePrompt[]): {
  readonly pairs: readonly PoolPair[];
  readonly problems: readonly SuiteProblem[];
} {
  const indexOf = new Map(prompts.map(({ id }, index) => [id, index]));
  const pairs = new Map<number, number>();
  const problems: SuiteProblem[] = [];
  for (const [index, { id, paraphraseOf, dimension }] of prompts.entries()) {
    if (paraphraseOf === undefined) continue;
    const known = indexOf.get(paraphraseOf);
    const twin = known === undefined ? undefined : prompts[known];
    const refuse = (why: string) =>
      problems.push(problemOf(`item ${id} is a paraphrase of ${paraphraseOf}, ${why}`));
    if (known === undefined || twin === undefined)
      refuse('which is not an item: where the one is written out to several, the other must be alike');
    else if (known === index || twin.paraphraseOf !== undefined)
      refuse('which is a paraphrase itself: name the item that it paraphrases');
    else if (twin.dimension !== dimension)
      refuse(`which counts towards ${twin.dimension}: a pair has one dimension`);
    else if (pairs.has(known)) refuse('which has a paraphrase already');
    else pairs.set(known, index);
  }
  return { pairs: [...pairs].sort(([one], [other]) => one - other), problems };
}

const problemOf = (message: string): SuiteProblem => ({ path: ['prompts'], message });
