// Opens a file that another program writes.

import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { errorCodeOf } from '@mesh/host';
import { MeasurementError } from '../result/measurement.ts';

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
