// Reads at the start which head stands in the folder of the published log.

import { readFileSync } from 'node:fs';
import { AuditError, type Checkpoint, openCheckpoint } from '@mesh/audit';
import { errorCodeOf } from '@mesh/host';
import { ControllerError } from '../errors/controller-error.ts';
import type { LogKeys } from '../trust/log-keys.ts';
import { checkpointFileOf } from './log-folder.ts';

/**
 * @returns undefined if there is none
 * @throws ControllerError `usage` if it cannot be read, or is not one that a key of the log has signed
 */
export function readFolderCheckpoint(
  folder: string,
  { origin, everyKey }: Pick<LogKeys, 'origin' | 'everyKey'>,
): Checkpoint | undefined {
  const file = checkpointFileOf(folder);
  try {
    return openCheckpoint(readFileSync(file, 'utf8'), { origin, logKeys: everyKey }).checkpoint;
  } catch (error) {
    if (errorCodeOf(error) === 'ENOENT') return undefined;
    const why = error instanceof AuditError ? error.message : (errorCodeOf(error) ?? 'unknown');
    throw new ControllerError(
      'usage',
      `${file} is no checkpoint of this log (${why}): set log.folder to an empty folder`,
      { cause: error },
    );
  }
}
