// What every result file of an evaluation harness is read into: measures by path, and where they come from.

import { defined } from '@mesh/primitives';
import { HarnessError } from '../harness-error.ts';
import type { Measure } from './measure.ts';

/** Largest result file that is read, in bytes. */
export const MAX_REPORT_BYTES = 33_554_432;

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
  /**
   * @returns undefined if the file holds nothing at this path
   * @throws HarnessError `invalid_option` in the format `json`, for a path that is no singular query
   */
  readonly find: (path: string) => Measure | undefined;
}

/** The file as a whole cannot be used; the message says why and what to do. */
export function unfit(message: string, options?: ErrorOptions): HarnessError {
  return new HarnessError('unfit_report', message, options);
}

/** What a file says about itself, beside its measures. */
export interface ReportHead {
  readonly harness: string;
  readonly model?: string | undefined;
  readonly measuredAtMs?: number | undefined;
  readonly endless?: boolean;
}

/** A report whose measures were all computed. */
export function reportOf(head: ReportHead, measures: ReadonlyMap<string, Measure>): Report {
  return { ...defined(head), paths: [...measures.keys()], find: (path) => measures.get(path) };
}

/** Name and version as one printable line. */
export function harnessName(name: string, version: unknown): string {
  const text =
    typeof version === 'string' && /^[\w.+-]{1,64}$/.test(version) ? version : 'of unknown version';
  return `${name} ${text}`;
}
