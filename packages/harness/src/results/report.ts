// What every result file of an evaluation harness is read into: measures by path, and where they come from.

import { HarnessError } from '../harness-error.ts';

/** Largest result file that is read, in bytes. */
export const MAX_REPORT_BYTES = 33_554_432;

export interface ScoredMeasure {
  /** As the harness wrote it: finite, in any range. */
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

/** One result file, read. */
export interface Report {
  /** Name and version of what wrote the file, one line of at most 128 characters. */
  readonly harness: string;
  /** The model or provider that was evaluated; absent: the file does not say. */
  readonly model?: string;
  /**
   * When the evaluation began, by the file: milliseconds since the Unix epoch. Absent: the file does not say.
   */
  readonly measuredAtMs?: number;
  /**
   * The file has no mark at its end, so nothing shows whether it is whole. Each mapping needs a minimum of
   * samples.
   */
  readonly endless?: boolean;
  /** The paths of all measures that the file holds; a generic format has none. */
  readonly paths: readonly string[];
  /** @returns undefined if the file holds nothing at this path */
  readonly find: (path: string) => Measure | undefined;
}

/** Inflates a raw DEFLATE stream (RFC 1951). @throws if it is broken or gives more than `maxBytes` */
export type InflateRaw = (bytes: Uint8Array, maxBytes: number) => Uint8Array;

export interface ReadReportOptions {
  /**
   * The model that must have been evaluated. For promptfoo it chooses among the providers of a file; without
   * it the file must be about one.
   */
  readonly model?: string | undefined;
  /**
   * When the measuring was, for a format that does not define it: a path in the file. Only `json` takes it.
   */
  readonly timePath?: string | undefined;
  /** For files that are zip archives. */
  readonly inflateRaw?: InflateRaw | undefined;
}

/** The file as a whole cannot be used; the message says why and what to do. */
export function unfit(message: string, options?: ErrorOptions): HarnessError {
  return new HarnessError('unfit_report', message, options);
}

/** A report whose measures were all computed. */
export function reportOf(
  head: Omit<Report, 'paths' | 'find'>,
  measures: ReadonlyMap<string, Measure>,
): Report {
  return { ...head, paths: [...measures.keys()], find: (path) => measures.get(path) };
}

/** A finite value on at least one sample, or the reason why it is none. */
export function scored(value: unknown, samples: unknown, more: Partial<ScoredMeasure> = {}): Measure {
  if (typeof value !== 'number' || !Number.isFinite(value))
    return { unscored: 'the value is no finite number' };
  if (typeof samples !== 'number' || !Number.isSafeInteger(samples) || samples < 1)
    return { unscored: 'it rests on no sample' };
  return { value, samples, ...more };
}

/** A share: `part` of `whole`, which are counts. */
export function share(part: number, whole: number, more: Partial<ScoredMeasure> = {}): Measure {
  return whole === 0 ? { unscored: 'it rests on no sample' } : scored(part / whole, whole, more);
}

/** Sets a measure. A second one at the same path makes both unusable: nothing says which one is meant. */
export function addOnce(measures: Map<string, Measure>, path: string, measure: Measure): void {
  measures.set(path, measures.has(path) ? { unscored: 'the file holds it twice' } : measure);
}

/** Name and version as one printable line. */
export function harnessName(name: string, version: unknown): string {
  const text =
    typeof version === 'string' && /^[\w.+-]{1,64}$/.test(version) ? version : 'of unknown version';
  return `${name} ${text}`;
}

/**
 * @throws HarnessError `unfit_report` if another model than the wanted one was evaluated, or the file names
 *   none
 */
export function requireModel(found: string | undefined, wanted: string | undefined): void {
  if (wanted === undefined || found === wanted) return;
  throw unfit(
    found === undefined
      ? `the file does not say which model was evaluated, and ${JSON.stringify(wanted)} is asked for: leave the model out, or have another file written`
      : `the file is about the model ${JSON.stringify(found)}, and ${JSON.stringify(wanted)} is asked for`,
  );
}
