// backup.restore: the controller's database goes back to a backup, although entries of the log come after it.

import * as z from 'zod';
import * as field from '../fields.ts';
import { requestKind } from './request-kind.ts';

export const backupRestore = requestKind({
  parameters: z.strictObject({
    backup_id: z.uuid(),
    /** The head of the log in the backup. */
    log_size: field.count,
    root_hash: field.base64Of(32),
    /** How many entries are known to come after it. */
    lost_entries: field.count,
  }),
  sentence: ({ backup_id: id, log_size: size, lost_entries: lost }) =>
    `the controller's database goes back to backup ${id} of ${size} log entries, and the ${lost} entries after them are lost`,
});
