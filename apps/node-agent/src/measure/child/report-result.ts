// Makes a result of a report and its mapping. A report that does not give every score that is mapped gives
// none.

import { createHash } from 'node:crypto';
import { inflateRawSync } from 'node:zlib';
import {
  HarnessError,
  type MappedDimension,
  type MappedScore,
  mapReport,
  parseMapping,
  type Report,
  type ReportFormat,
  readReport,
  reportMediaType,
} from '@mesh/harness';
import { defined, formatRfc3339 } from '@mesh/primitives';
import { printable } from '@mesh/protocol';
import { MeasurementError, type Result } from '../result/measurement.ts';

export interface ReportSettings {
  readonly format: ReportFormat;
  /** As `parseMapping` takes it. */
  readonly map: Readonly<Record<string, string>>;
  readonly model?: string | undefined;
}

export interface MappedFile {
  readonly report: Report;
  readonly mapped: readonly MappedDimension[];
  readonly evidence: NonNullable<Result['evidence']>;
}

const MAX_NOTES_LENGTH = 1_024;
const MAX_REASONS = 8;

/** @throws HarnessError `unfit_report` if the file cannot be used; `invalid_option` for a mapping */
export function mapFile(bytes: Uint8Array, { format, map, model }: ReportSettings): MappedFile {
  const { rules, timePath } = parseMapping(map);
  const report = readReport(format, bytes, {
    model,
    timePath,
    inflateRaw: (packed, maxBytes) => inflateRawSync(packed, { maxOutputLength: Math.max(1, maxBytes) }),
  });
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const evidence = { sha256, media_type: reportMediaType(format, bytes), harness: report.harness };
  return { report, mapped: mapReport(report, rules), evidence };
}

/** @throws MeasurementError `unscored` if a mapped score cannot be given */
export function resultOfMapped(where: string, mapped: readonly MappedDimension[], report: Report): Result {
  const gaps = mapped.flatMap((one) => ('unscored' in one ? [`${one.dimension}: ${one.unscored}`] : []));
  if (gaps.length > 0)
    throw new MeasurementError('unscored', `${where}: ${gaps.slice(0, MAX_REASONS).join('; ')}`);
  const scores = mapped.flatMap((one) => ('unscored' in one ? [] : [one]));
  const samples = scores.flatMap((one) =>
    one.samples === undefined ? [] : [[one.dimension, one.samples] as const],
  );
  const { measuredAtMs } = report;
  return {
    scores: Object.fromEntries(scores.map(({ dimension, score }) => [dimension, score])),
    ...(samples.length === 0 ? {} : { samples: Object.fromEntries(samples) }),
    ...(measuredAtMs === undefined ? {} : { measured_at: formatRfc3339(measuredAtMs) }),
    ...defined({ notes: describe(report, scores) }),
  };
}

/**
 * The same for a file; every error says which file it is.
 *
 * @throws MeasurementError `unscored`
 */
export function resultOfFile(path: string, bytes: Uint8Array, settings: ReportSettings): Result {
  let file: MappedFile;
  try {
    file = mapFile(bytes, settings);
  } catch (error) {
    if (!(error instanceof HarnessError)) throw error;
    throw new MeasurementError('unscored', `${path}: ${error.message}`, { cause: error });
  }
  return { ...resultOfMapped(path, file.mapped, file.report), evidence: file.evidence };
}

/** Which model it is about, and how uncertain the scores are. */
function describe({ model }: Report, scores: readonly MappedScore[]): string | undefined {
  const errors = scores.flatMap(({ dimension, standardError }) =>
    standardError === undefined ? [] : [`${dimension} ${standardError.toPrecision(3)}`],
  );
  const parts = [
    ...(model === undefined ? [] : [`model ${model}`]),
    ...(errors.length === 0 ? [] : [`standard errors: ${errors.join(', ')}`]),
  ];
  return parts.length === 0 ? undefined : printable(parts.join('; '), MAX_NOTES_LENGTH);
}
