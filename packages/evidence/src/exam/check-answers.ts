// What the examiners answered: who was drawn, committed first and graded later; the grades are of the items
// that were drawn; and what was recorded of the exam follows from them.

import { type DrawnExam, isItemOf } from '@mesh/harness';
import { canonicalJson, decodeBase64, type JsonValue } from '@mesh/primitives';
import { type ClosedExam, readClosedExam } from '@mesh/scoring';
import * as z from 'zod';
import { type Findings, Refutation } from '../verify/findings.ts';
import type { Answered, ExamEntries } from './exam-entries.ts';
import type { ExamFile } from './exam-file.ts';

/** Commitments and results, in their order. */
export function checkAnswers(entries: ExamEntries, { assignments }: DrawnExam, findings: Findings): void {
  const { drawn, committed, results, closed } = entries;
  const differs = (why: string) => new Refutation('answers', 'answers_differ', why);
  const names = new Set<string>(assignments.map(({ examinerId }) => examinerId));
  const commitments = byExaminer(committed);
  const given = byExaminer(results);
  for (const [examiner, { entry }] of [...commitments, ...given])
    if (!names.has(examiner) || entry.index < drawn.entry.index || entry.index > closed.entry.index)
      throw differs(`entry ${entry.index} is of ${examiner}, who was not drawn, or is not within the exam`);
  for (const [examiner, { entry, data }] of given) {
    const before = commitments.get(examiner);
    if (before === undefined || before.entry.index > entry.index)
      throw differs(`${examiner} sent grades before it was committed to what it had been answered`);
    if (before.data.transcript_sha256 !== data.transcript_sha256)
      throw differs(`${examiner} was committed to another transcript than the one it graded`);
  }
  findings.shown(
    'answers',
    `of ${names.size} examiners ${commitments.size} committed to a transcript, and ${given.size} graded theirs afterwards`,
  );
}

function byExaminer(found: readonly Answered[]): Map<string, Answered> {
  const by = new Map<string, Answered>();
  for (const one of found) {
    if (by.has(one.data.examiner))
      throw new Refutation('answers', 'answers_differ', `the log has two answers of ${one.data.examiner}`);
    by.set(one.data.examiner, one);
  }
  return by;
}

const gradesForm = z.array(z.object({ index: z.number().int(), score: z.number().min(0).max(1) }));

/** The grades of each examiner, against the draw and against what was recorded of the exam. */
export function checkGrades(entries: ExamEntries, drawn: DrawnExam, findings: Findings): void {
  const { closed, pool } = entries;
  const { cancelled } = closed.data;
  // Of a cancelled exam none counts.
  const results = cancelled === undefined ? entries.results : [];
  const differs = (why: string) => new Refutation('grades', 'grades_differ', why);
  if (closed.data.results + closed.data.outvoted.length !== results.length)
    throw differs('the exam was closed with another number of results than the log has');
  const lost = [closed, ...results].some(({ entry }) => entry.details === undefined);
  if (lost) {
    findings.missing(
      'grades',
      'details_erased',
      'grades were erased: only the commitments to them are in the log',
    );
    return;
  }
  const recorded = readClosedExam(closed.entry.details?.exam);
  if (recorded === undefined) {
    findings.missing(
      'grades',
      'newer_version',
      'what was recorded of the exam has a form that this version does not know',
    );
    return;
  }
  const graded = results.map((result) => gradesOf(result, drawn));
  const { outvoted } = closed.data;
  const counting = graded.filter(({ examinerId }) => !outvoted.includes(examinerId));
  const sums = {
    examId: closed.data.exam_id,
    examiners: counting.length,
    outvoted: outvoted.length,
    disagree: closed.data.disagree,
    scores: scoresOf(counting.flatMap(({ grades }) => grades.map(({ score }) => [score, 1]))),
    pairs: pairsOf(counting, pool.data.pairs),
  };
  if (canonicalJson(sums) !== canonicalJson(sumsOf(recorded)))
    throw differs('what was recorded of the exam is not the sum of the results that count');
  if (cancelled !== undefined) {
    findings.shown('grades', `the exam was cancelled (${cancelled}): no result counts`);
    return;
  }
  findings.shown(
    'grades',
    `the sums are those of ${counting.length} results that count; ${outvoted.length} do not`,
  );
}

export interface Graded {
  readonly examinerId: string;
  readonly grades: readonly { readonly index: number; readonly score: number }[];
}

/** @throws Refutation if they are not of the items that were drawn */
export function gradesOf({ entry, data }: Answered, { assignments }: DrawnExam): Graded {
  const differs = (why: string) => new Refutation('grades', 'grades_differ', `entry ${entry.index} ${why}`);
  const { success, data: grades } = gradesForm.safeParse(entry.details?.grades);
  if (!success) throw differs('has no grades in the form of an exam');
  const asked = assignments.find(({ examinerId }) => examinerId === data.examiner)?.items ?? [];
  const indices = (list: readonly number[]) => canonicalJson([...list].sort((one, other) => one - other));
  if (indices(grades.map(({ index }) => index)) !== indices(asked))
    throw differs('grades other items than those that were drawn');
  return { examinerId: data.examiner, grades };
}

/** How many items have each score, in the order of scores. */
function scoresOf(counts: readonly (readonly [score: number, items: number])[]): JsonValue {
  const sums = new Map<number, number>();
  for (const [score, items] of counts) sums.set(score, (sums.get(score) ?? 0) + items);
  return [...sums].sort(([one], [other]) => one - other);
}

function pairsOf(results: readonly Graded[], pairs: readonly (readonly [number, number])[]): JsonValue {
  const found = new Map<string, number>();
  for (const { grades } of results) {
    const scores = new Map(grades.map(({ index, score }) => [index, score]));
    for (const [knownAt, paraphraseAt] of pairs) {
      const [known, paraphrase] = [scores.get(knownAt), scores.get(paraphraseAt)];
      if (known === undefined || paraphrase === undefined) continue;
      const key = canonicalJson([known, paraphrase]);
      found.set(key, (found.get(key) ?? 0) + 1);
    }
  }
  return Object.fromEntries(found);
}

function sumsOf({ examId, examiners, outvoted, disagree, grades, pairs }: ClosedExam): JsonValue {
  return {
    examId,
    examiners,
    outvoted,
    disagree,
    scores: scoresOf(grades.map(({ score, items }) => [score, items])),
    pairs: Object.fromEntries(
      pairs.map(({ known, paraphrase, pairs: count }) => [canonicalJson([known, paraphrase]), count]),
    ),
  };
}

/** The items that have been opened since are of the pool, and were drawn. */
export function checkItems(
  { pool }: ExamEntries,
  { assignments }: DrawnExam,
  { opened }: ExamFile,
  findings: Findings,
): void {
  if (opened.length === 0) return;
  const tree = { root: decodeBase64(pool.data.root), size: pool.data.items };
  const asked = new Set(assignments.flatMap(({ items }) => items));
  for (const item of opened)
    if (!asked.has(item.index) || !isItemOf(tree, item))
      throw new Refutation(
        'items',
        'item_differs',
        `item ${item.index} is not the one of the pool, or was not asked`,
      );
  findings.shown(
    'items',
    `${opened.length} of the ${asked.size} items that were asked are opened, and are those of the pool`,
  );
}
