// Makes the runtime folder. It holds locks, process records and key files, so no other user may read or write
// it.
import { lstatSync } from 'node:fs';
import { errorCodeOf, makePrivateDirectory } from '@mesh/host';
import { TunnelError } from '../port/tunnel-error.ts';

/**
 * Makes the folder (0700) if it is missing.
 * @throws TunnelError `permission_denied` for a folder that is another user's, open to others, or a link
 */
export function ensurePrivateDir(path: string): void {
  try {
    makePrivateDirectory(path);
    const found = lstatSync(path);
    const isOurs = found.uid === process.geteuid?.() && (found.mode & 0o077) === 0;
    if (found.isDirectory() && isOurs) return;
  } catch (error) {
    throw new TunnelError(
      'permission_denied',
      `the runtime folder ${path} cannot be made (${errorCodeOf(error) ?? 'unknown error'}): choose another one (runtime_dir)`,
    );
  }
  throw new TunnelError(
    'permission_denied',
    `the runtime folder ${path} must be a folder of this user with mode 0700: correct it (chmod 700) or choose another one (runtime_dir)`,
  );
}
