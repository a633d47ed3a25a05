// Reads a result file of any known format.

import { HarnessError } from '../harness-error.ts';
import { readDeepEval } from './deepeval.ts';
import { readGarak } from './garak.ts';
import { readHelm } from './helm.ts';
import { readInspect } from './inspect.ts';
import { readJsonFile } from './json-file.ts';
import { readJunit } from './junit.ts';
import { readLmEval } from './lm-eval.ts';
import { readOpenAiEvals } from './openai-evals.ts';
import { readPromptfoo } from './promptfoo.ts';
import { MAX_REPORT_BYTES, type Report, unfit } from './report.ts';
import { type InflateRaw, isZip, readZipEntry } from './zip-entry.ts';

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

const READERS = {
  promptfoo: readPromptfoo,
  'lm-eval': readLmEval,
  inspect: readInspect,
  garak: readGarak,
  'openai-evals': readOpenAiEvals,
  deepeval: readDeepEval,
  helm: readHelm,
  junit: readJunit,
  json: readJsonFile,
} satisfies Readonly<Record<string, (text: string, options: ReadReportOptions) => Report>>;

export type ReportFormat = keyof typeof READERS;
export const REPORT_FORMATS = Object.keys(READERS) as readonly ReportFormat[];

/** The media type of a file of this format. */
export function reportMediaType(format: ReportFormat, bytes: Uint8Array): string {
  if (isZip(bytes)) return 'application/zip';
  if (format === 'junit') return 'application/xml';
  return ['garak', 'openai-evals'].includes(format) ? 'application/jsonl' : 'application/json';
}

/**
 * Reads a whole result file. It is refused as a whole if it is truncated, from a run that did not end, about
 * another model, or contradicts itself; a single measure in it may be unscored.
 *
 * @param bytes the whole file, at most {@link MAX_REPORT_BYTES}
 * @throws HarnessError `unfit_report` if the file cannot be used; `invalid_option` for a `timePath` that is
 *   none, or that the format does not take
 */
export function readReport(format: ReportFormat, bytes: Uint8Array, options: ReadReportOptions = {}): Report {
  if (bytes.length > MAX_REPORT_BYTES)
    throw unfit(`the file has more than ${MAX_REPORT_BYTES} bytes: split the run`);
  if (options.timePath !== undefined && format !== 'json')
    throw new HarnessError(
      'invalid_option',
      `the format ${format} says itself when it was measured: leave :time out`,
    );
  const report = READERS[format](textOf(format, bytes, options), options);
  requireModel(report.model, options.model);
  return report;
}

/** For promptfoo the model has chosen among the rows already. */
function requireModel(found: string | undefined, wanted: string | undefined): void {
  if (wanted === undefined || found === wanted) return;
  throw unfit(
    found === undefined
      ? `the file does not say which model was evaluated, and ${JSON.stringify(wanted)} is asked for: leave the model out, or have another file written`
      : `the file is about the model ${JSON.stringify(found)}, and ${JSON.stringify(wanted)} is asked for`,
  );
}

function textOf(format: ReportFormat, bytes: Uint8Array, { inflateRaw }: ReadReportOptions): string {
  const isArchive = format === 'inspect' && isZip(bytes);
  if (isArchive && inflateRaw === undefined)
    throw unfit('archives are not read here: give the log as JSON (inspect log dump)');
  const content =
    isArchive && inflateRaw !== undefined
      ? readZipEntry(bytes, 'header.json', inflateRaw, MAX_REPORT_BYTES)
      : bytes;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(content);
  } catch (error) {
    throw unfit('the file is not UTF-8: run the evaluation again', { cause: error });
  }
}
