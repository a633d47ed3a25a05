// The operator's requests about a backup of the controller's database.

import { answered, type ClientOptions, call } from './call.ts';
import { backupPart, backupStatus } from './messages/backup.ts';
import { pathOf } from './routes.ts';

/** Calls reject like those of `createAdminClient`, whose part they are. */
export function backupCalls(options: ClientOptions) {
  const post = (body: object) =>
    answered(call(options, { method: 'POST', path: pathOf('backup'), body }, backupStatus));
  return {
    /** Begins a backup, in place of one that was not fetched. */
    startBackup: () => post({}),
    /** Lets the controller remove a backup that was fetched. */
    forgetBackup: (backupId: string) => post({ fetched: backupId }),
    backup: () => answered(call(options, { method: 'GET', path: pathOf('backup') }, backupStatus)),
    /** The bytes from an offset on, up to `BACKUP_PART_BYTES` of them. */
    backupPart: (backupId: string, offset: number) => {
      const parameters = new URLSearchParams({ id: backupId, offset: String(offset) });
      return answered(
        call(options, { method: 'GET', path: `${pathOf('backup')}?${parameters}` }, backupPart),
      );
    },
  };
}
