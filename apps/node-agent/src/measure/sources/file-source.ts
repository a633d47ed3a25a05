// Reads scores from a file that another program writes, for example a harness in a cron job. The file is read
// for every measurement. The time of measuring is the one in the file, otherwise the time of its last change.
// So a file that is not renewed turns stale, and counts as the same result however often it is read.

import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { errorCodeOf } from '@mesh/host';
import { SET_MS } from '../../clock/controller-clock.ts';
import {
  MAX_RESULT_BYTES,
  MeasurementError,
  type MeasurementSource,
  readResult,
  toMeasurement,
} from '../result/measurement.ts';

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
      const { text, changedAtMs } = await readRegularFile(path);
      return toMeasurement(readResult(text, path), {
        measuredAtMs: measuredAtMs(changedAtMs),
        suiteVersion,
        challenge,
      });
    },
  };
}

/**
 * Converts the time of a change of the file once. The estimate of the controller's clock moves a little with
 * every answer, so the same change, converted again, would look like a later one. A change keeps its first
 * date unless a clock was set since.
 */
function dateOnce(fromWallMs: (wallMs: number) => number): (changedAtMs: number) => number {
  let last: { readonly changedAtMs: number; readonly datedMs: number } | undefined;
  return (changedAtMs) => {
    const datedMs = fromWallMs(changedAtMs);
    if (last?.changedAtMs !== changedAtMs || Math.abs(datedMs - last.datedMs) > SET_MS)
      last = { changedAtMs, datedMs };
    return last.datedMs;
  };
}

async function readRegularFile(path: string): Promise<{ text: string; changedAtMs: number }> {
  try {
    // Without O_NONBLOCK, opening a FIFO would block a thread of the pool for ever.
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
