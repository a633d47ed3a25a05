// Explains what SQLite throws when it meets a page that is not as it was written.

import { errorCodeOf } from '@mesh/host';
import { ControllerError } from './controller-error.ts';

/** @returns the error of a damaged database with what to do next; any other error as it is */
export function explainDamage(error: unknown, database: string): unknown {
  const code = errorCodeOf(error) ?? '';
  if (!code.startsWith('SQLITE_CORRUPT')) return error;
  return new ControllerError(
    'usage',
    `${database} is damaged (${code}): mesh-controller verify names what is; restore a backup (docs/operations.md, Backup)`,
    { cause: error },
  );
}
