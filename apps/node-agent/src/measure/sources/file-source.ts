// Reads scores from a file that another program writes, for example a harness in a cron job. The file is read
// for every measurement. The time of measuring is the one in the file, otherwise the time of its last change.
// So a file that is not renewed turns stale, and counts as the same result however often it is read.

import { type MeasurementSource, readResult, toMeasurement } from '../result/measurement.ts';
import { dateOnce } from './date-once.ts';
import { readSmallFile } from './open-file.ts';

export interface FileSourceOptions {
  readonly path: string;
  readonly suiteVersion: string;
  /** Converts a wall-clock reading of this machine to the controller's clock. */
  readonly fromWallMs: (wallMs: number) => number;
}

export function createFileSource({ path, suiteVersion, fromWallMs }: FileSourceOptions): MeasurementSource {
  const measuredAtMs = dateOnce(fromWallMs);
  return {
    name: 'file',
    async measure({ challenge }) {
      const { text, changedAtMs } = await readSmallFile(path);
      return toMeasurement(readResult(text, path), {
        measuredAtMs: measuredAtMs(changedAtMs),
        suiteVersion,
        challenge,
      });
    },
  };
}
