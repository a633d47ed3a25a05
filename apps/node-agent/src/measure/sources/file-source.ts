// Scores from a file that something else writes (a harness in a cron job, say). Read again each time; the time of
// measuring is what the file says, else when it was last changed, so that a file nobody renews turns stale.

import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { errorCodeOf } from '@mesh/host';
import {
  MAX_RESULT_BYTES,
  MeasurementError,
  type MeasurementSource,
  readResult,
  toMeasurement,
} from '../measurement.ts';

export interface FileSourceOptions {
  readonly path: string;
  readonly suiteVersion: string;
  /** A wall-clock reading of this machine → the controller's clock. */
  readonly fromWallMs: (wallMs: number) => number;
}

export function createFileSource({ path, suiteVersion, fromWallMs }: FileSourceOptions): MeasurementSource {
  return {
    name: 'file',
    async measure({ challenge }) {
      const { text, changedAtMs } = await readRegularFile(path);
      return toMeasurement(readResult(text, path), {
        measuredAtMs: fromWallMs(changedAtMs),
        suiteVersion,
        challenge,
      });
    },
  };
}

async function readRegularFile(path: string): Promise<{ text: string; changedAtMs: number }> {
  try {
    // Non-blocking: a FIFO would hold a thread of the pool for ever.
    const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stat = await handle.stat();
      if (!stat.isFile()) throw new MeasurementError('unreadable', `${path} is not a regular file`);
      const buffer = Buffer.alloc(MAX_RESULT_BYTES + 1);
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
      if (bytesRead > MAX_RESULT_BYTES) {
        throw new MeasurementError('too_large', `${path} has more than ${MAX_RESULT_BYTES} bytes`);
      }
      return { text: buffer.toString('utf8', 0, bytesRead), changedAtMs: stat.mtimeMs };
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof MeasurementError) throw error;
    throw new MeasurementError(
      'unreadable',
      `${path} cannot be read (${errorCodeOf(error) ?? 'unknown'}): let the harness write it, readable by the agent`,
      { cause: error },
    );
  }
}
