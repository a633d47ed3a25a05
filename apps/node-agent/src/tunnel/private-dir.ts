// The agent's runtime folder: locks, process records and key files live there, so nobody else may write or look in.
import { lstatSync, mkdirSync } from 'node:fs';
import { TunnelError } from './tunnel-error.ts';

/**
 * Makes the folder (0700) if it is missing.
 * @throws TunnelError `permission_denied` for a folder that is another user's, open to others, or a link
 */
export function ensurePrivateDir(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    const found = lstatSync(path);
    const isOurs = found.uid === process.geteuid?.() && (found.mode & 0o077) === 0;
    if (found.isDirectory() && isOurs) return;
  } catch {
    throw new TunnelError(
      'permission_denied',
      `the runtime folder ${path} cannot be made: choose another one`,
    );
  }
  throw new TunnelError(
    'permission_denied',
    `the runtime folder ${path} must be a folder of this user with mode 0700: correct it or choose another one`,
  );
}
