// What a result file says at one path: a value, or why there is none.

export interface ScoredMeasure {
  /** As the harness wrote it, in any range. */
  readonly value: number;
  /** How many samples the value rests on, at least 1; absent: the file does not say. */
  readonly samples?: number;
  /** The standard error of the value, if the file states it. */
  readonly standardError?: number;
  /** The file says that less is better. Bounds of a mapping override this. */
  readonly lowerIsBetter?: boolean;
  /** Why the value is no share from 0 to 1, though a single value may look like one: it needs bounds. */
  readonly unbounded?: string;
}

/** A value, or why there is none. Absence is never a value. */
export type Measure = ScoredMeasure | { readonly unscored: string };

/** A finite value on at least one sample, or the reason why it is not one. */
export function scored(value: unknown, samples: number, more: Partial<ScoredMeasure> = {}): Measure {
  if (typeof value !== 'number' || !Number.isFinite(value))
    return { unscored: 'the value is no finite number' };
  if (!Number.isSafeInteger(samples) || samples < 1) return { unscored: 'it rests on no sample' };
  return { value, samples, ...more };
}

/** A share: `part` of `whole`, which are counts. */
export function share(part: number, whole: number): Measure {
  return whole === 0 ? { unscored: 'it rests on no sample' } : scored(part / whole, whole);
}

/** Sets a measure. A second one at the same path makes both unusable: nothing says which one is meant. */
export function addOnce(measures: Map<string, Measure>, path: string, measure: Measure): void {
  measures.set(path, measures.has(path) ? { unscored: 'the file holds it twice' } : measure);
}
