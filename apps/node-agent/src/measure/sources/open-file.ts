// Opens a file that another program writes.

import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { errorCodeOf } from '@mesh/host';
import { MAX_RESULT_BYTES, MeasurementError } from '../result/measurement.ts';

/**
 * Opens a regular file, gives it to `use`, and closes it again.
 *
 * @throws MeasurementError `unreadable` if it cannot be opened or is no regular file; what `use` throws
 */
export async function withOpenFile<T>(path: string, use: (handle: FileHandle) => Promise<T>): Promise<T> {
  try {
    // Without O_NONBLOCK, opening a FIFO would block a thread of the pool for ever.
    const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stat = await handle.stat();
      if (!stat.isFile()) throw new MeasurementError('unreadable', `${path} is not a regular file`);
      return await use(handle);
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

/** @throws MeasurementError `unreadable`, `too_large` */
export function readSmallFile(path: string): Promise<{ text: string; changedAtMs: number }> {
  return withOpenFile(path, async (handle) => {
    const { mtimeMs } = await handle.stat();
    const buffer = Buffer.alloc(MAX_RESULT_BYTES + 1);
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
    if (bytesRead > MAX_RESULT_BYTES) {
      throw new MeasurementError('too_large', `${path} has more than ${MAX_RESULT_BYTES} bytes`);
    }
    return { text: buffer.toString('utf8', 0, bytesRead), changedAtMs: mtimeMs };
  });
}
