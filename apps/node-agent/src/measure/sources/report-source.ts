// Measures by a result file of an evaluation harness. An unprivileged process reads it, because it is full of
// what the measured model wrote.

import type { FileHandle } from 'node:fs/promises';
import type { ReportFormat } from '@mesh/harness';
import { defined, parseRfc3339 } from '@mesh/primitives';
import { MeasurementError, type MeasurementSource, toMeasurement } from '../result/measurement.ts';
import { dateOnce } from './date-once.ts';
import { withOpenFile } from './open-file.ts';
import { dateResult, findTooOld } from './result-date.ts';
import type { PerformJob } from './service-process.ts';

export interface ReportSourceOptions {
  readonly path: string;
  readonly format: ReportFormat;
  /** As `parseMapping` of `@mesh/harness` takes it. */
  readonly map: Readonly<Record<string, string>>;
  readonly model?: string | undefined;
  /** An older result does not count. */
  readonly maxAgeMs: number;
  readonly suiteVersion: string;
  readonly perform: PerformJob;
  /** Converts a wall-clock reading of this machine to the controller's clock. */
  readonly fromWallMs: (wallMs: number) => number;
  readonly controllerNowMs: () => number;
}

export function createReportSource(options: ReportSourceOptions): MeasurementSource {
  const { path, format, map, model, maxAgeMs, suiteVersion, perform, controllerNowMs } = options;
  const dateChange = dateOnce(options.fromWallMs);
  return {
    name: 'report',
    async measure({ challenge, signal }) {
      const { result, changedAtMs } = await withOpenFile(path, async (handle) => {
        const before = await stateOf(handle);
        const job = { kind: 'report', path, format, map, ...defined({ model }) } as const;
        const result = await perform(job, signal, handle.fd);
        const after = await stateOf(handle);
        if (after.state !== before.state)
          throw new MeasurementError(
            'unreadable',
            `${path} was changed while it was read: have it written beside and renamed, or wait for the next measurement`,
          );
        return { result, changedAtMs: before.changedAtMs };
      });
      const measuredAtMs = dateResult(
        result.measured_at === undefined ? undefined : parseRfc3339(result.measured_at),
        dateChange(changedAtMs),
      );
      const tooOld = findTooOld(measuredAtMs, controllerNowMs(), maxAgeMs);
      if (tooOld !== undefined) throw new MeasurementError('unscored', `${path}: ${tooOld}`);
      return { ...toMeasurement(result, { measuredAtMs, suiteVersion, challenge }), measuredAtMs };
    },
  };
}

/**
 * What is another after a change of the content, and when that was. A file that takes the name of this one
 * changes nothing here: the whole file before it is read.
 */
async function stateOf(handle: FileHandle): Promise<{ state: string; changedAtMs: number }> {
  const { size, mtimeNs, mtimeMs } = await handle.stat({ bigint: true });
  return { state: `${size} ${mtimeNs}`, changedAtMs: Number(mtimeMs) };
}
