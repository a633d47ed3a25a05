// Has a running controller make a backup, and fetches it, as meshctl does.

import { writeFileSync } from 'node:fs';
import { waitUntil } from '@mesh/host/test-kit';
import { decodeBase64 } from '@mesh/primitives';
import type { AdminClient, BackupStatus } from '@mesh/protocol';

type ReadyBackup = Extract<BackupStatus, { state: 'ready' }>;

/** @throws Error if the controller cannot make it */
export async function fetchBackup(admin: AdminClient, path: string): Promise<ReadyBackup> {
  await admin.startBackup();
  let status: BackupStatus | undefined;
  await waitUntil('the backup is made', async () => {
    status = await admin.backup();
    return status.state !== 'making';
  });
  if (status?.state !== 'ready') throw new Error(`no backup: ${JSON.stringify(status)}`);
  const parts: Uint8Array[] = [];
  for (let offset = 0; offset < status.length_bytes; ) {
    const bytes = decodeBase64((await admin.backupPart(status.backup_id, offset)).bytes);
    parts.push(bytes);
    offset += bytes.length;
  }
  writeFileSync(path, Buffer.concat(parts), { mode: 0o600 });
  return status;
}
