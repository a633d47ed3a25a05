// Says what a change of the exams makes easier. Less examining is weaker, and so is whatever lets a node show
// another service, or lets others examine it.

import { DEFAULT_CLASS } from '../evidence.ts';
import type { Policy } from '../policy.ts';
import { canExamine, type ExamAction, type ExamRule, type GapRule, isExamined } from './exam-rule.ts';

/** One sentence without a full stop for each weakening. */
export function* examWeakens(before: Policy, after: Policy): Generator<string> {
  const [was, is] = [before.exams, after.exams];
  if (was === undefined) return;
  if (is === undefined) {
    yield 'exams is gone: nobody is examined';
    return;
  }
  yield* ofRule(was, is);
  yield* ofGap(was.gap, is.gap);
  for (const className of [DEFAULT_CLASS, ...after.classes.map(({ name }) => name)]) {
    const of = className === DEFAULT_CLASS ? '' : `class ${className}: `;
    if (isExamined(before, className) && !isExamined(after, className))
      yield `${of}its nodes are not examined any more`;
    if (!canExamine(before, className) && canExamine(after, className))
      yield `${of}its nodes may examine others`;
  }
}

/** Which way each number is weaker. */
const WEAKER = {
  everyEpochs: 'rises',
  items: 'falls',
  examiners: 'falls',
  agreeing: 'changes',
  answerWithinMs: 'rises',
  maxAgeMs: 'rises',
  confidence: 'changes',
  honestExaminerBudget: 'changes',
  outvotedAfter: 'rises',
  tunnelBitsPerSecond: 'rises',
} as const satisfies { readonly [name in keyof ExamRule]?: 'rises' | 'falls' | 'changes' };

function* ofRule(was: ExamRule, is: ExamRule): Generator<string> {
  if (was.pool !== is.pool) yield `exams.pool changes from ${was.pool} to ${is.pool}`;
  for (const name of ['port', 'path', 'api', 'model'] as const)
    if (was.service[name] !== is.service[name])
      yield `exams.service.${name} changes from ${was.service[name] ?? 'none'} to ${is.service[name] ?? 'none'}`;
  for (const [name, way] of Object.entries(WEAKER) as [keyof typeof WEAKER, 'rises' | 'falls' | 'changes'][])
    yield* compared(`exams.${name}`, way, was[name], is[name]);
  for (const name of ['oneFails', 'agreeingFail', 'missing'] as const)
    yield* milder(`exams.${name}`, was[name], is[name]);
}

function* ofGap(was: GapRule | undefined, is: GapRule | undefined): Generator<string> {
  if (was === undefined) return;
  if (is === undefined) {
    yield 'exams.gap is gone';
    return;
  }
  yield* compared('exams.gap.tolerance', 'rises', was.tolerance, is.tolerance);
  yield* compared('exams.gap.promptsPerFalseCut', 'rises', was.promptsPerFalseCut, is.promptsPerFalseCut);
  yield* milder('exams.gap.action', was.action, is.action);
}

/** Neither of the two in the middle is milder than the other, so either way is a weakening. */
const SEVERITY = { ignore: 0, declining: 1, probation: 1, deny: 2 } as const;

function* milder(path: string, was: ExamAction, is: ExamAction): Generator<string> {
  if (was !== is && SEVERITY[is] <= SEVERITY[was]) yield `${path} changes from ${was} to ${is}`;
}

function* compared(
  path: string,
  way: 'rises' | 'falls' | 'changes',
  was: number,
  is: number,
): Generator<string> {
  const isWeaker = way === 'rises' ? is > was : way === 'falls' ? is < was : is !== was;
  if (isWeaker) yield `${path} ${way} from ${was} to ${is}`;
}
