// The results of the examiners of one exam, and what is kept of them.

/** One item as an examiner graded it. */
export interface ItemGrade {
  /** The item's place in the pool. */
  readonly index: number;
  readonly dimension: string;
  readonly weight: number;
  /** 0 to 1; 0 where there was no answer. */
  readonly score: number;
}

export interface ExaminerResult {
  readonly examinerId: string;
  readonly grades: readonly ItemGrade[];
}

/** What items with the same grade have in common. A few of these describe an exam. */
export interface GradedItems {
  readonly dimension: string;
  readonly weight: number;
  readonly score: number;
  readonly items: number;
}

/** Pairs of a known item and its paraphrase that one examiner asked. */
export interface GradedPairs {
  readonly known: number;
  readonly paraphrase: number;
  readonly pairs: number;
}

/** An exam that is over, as it is recorded. */
export interface ClosedExam {
  readonly examId: string;
  /** By the controller's clock. */
  readonly closedAtMs: number;
  /** How many results count. */
  readonly examiners: number;
  /** How many do not, as their examiners were outvoted. */
  readonly outvoted: number;
  /** The results that count differ by more than chance, and nobody can be outvoted. */
  readonly disagree: boolean;
  /** Of the results that count, in the order of dimension, weight and score. */
  readonly grades: readonly GradedItems[];
  readonly pairs: readonly GradedPairs[];
}

/** The graded items of one metric. */
export interface ExamTally {
  readonly items: number;
  /** The sum of the weights, of their squares, and of the weighted grades. */
  readonly weight: number;
  readonly squares: number;
  readonly good: number;
}

/** `overall` and every dimension. */
export type ExamTallies = Readonly<Record<string, ExamTally>>;

/** The tally of each metric. */
export function talliesOf(grades: readonly GradedItems[]): ExamTallies {
  const tallies = new Map<string, ExamTally>();
  for (const { dimension, weight, score, items } of grades)
    for (const metric of ['overall', dimension]) {
      const known = tallies.get(metric) ?? { items: 0, weight: 0, squares: 0, good: 0 };
      tallies.set(metric, {
        items: known.items + items,
        weight: known.weight + items * weight,
        squares: known.squares + items * weight * weight,
        good: known.good + items * weight * score,
      });
    }
  return Object.fromEntries(tallies);
}

/** @param pairs the pool's pairs, by index: `[known, paraphrase]` */
export function summarise(
  results: readonly ExaminerResult[],
  pairs: readonly (readonly [known: number, paraphrase: number])[],
): Pick<ClosedExam, 'grades' | 'pairs'> {
  const grades = new Map<string, GradedItems>();
  const compared = new Map<string, GradedPairs>();
  for (const { grades: items } of results) {
    const scores = new Map(items.map(({ index, score }) => [index, score]));
    for (const { dimension, weight, score } of items) {
      const key = `${dimension} ${weight} ${score}`;
      grades.set(key, { dimension, weight, score, items: (grades.get(key)?.items ?? 0) + 1 });
    }
    for (const [knownAt, paraphraseAt] of pairs) {
      const [known, paraphrase] = [scores.get(knownAt), scores.get(paraphraseAt)];
      if (known === undefined || paraphrase === undefined) continue;
      const key = `${known} ${paraphrase}`;
      compared.set(key, { known, paraphrase, pairs: (compared.get(key)?.pairs ?? 0) + 1 });
    }
  }
  return {
    grades: [...grades.values()].sort(
      (a, b) => compareTexts(a.dimension, b.dimension) || a.weight - b.weight || a.score - b.score,
    ),
    pairs: [...compared.values()].sort((a, b) => a.known - b.known || a.paraphrase - b.paraphrase),
  };
}

const compareTexts = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);
