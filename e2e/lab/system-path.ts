// Where commands are found. System directories are added, because an unprivileged user's PATH often lacks
// those that hold `ip` and `nft`.
import { accessSync, constants } from 'node:fs';
import { resolve } from 'node:path';

const SYSTEM_DIRECTORIES = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/bin', '/bin'];

/** A PATH with the missing system directories added at its end. */
export function withSystemDirectories(path = process.env.PATH ?? ''): string {
  const present = path.split(':').filter((directory) => directory !== '');
  return [...present, ...SYSTEM_DIRECTORIES.filter((directory) => !present.includes(directory))].join(':');
}

/** Full path of a command, which may already be a path; `undefined` if it is not installed. */
export function findCommand(name: string): string | undefined {
  const directories = name.includes('/') ? ['.'] : withSystemDirectories().split(':');
  return directories
    .map((directory) => resolve(directory, name))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}
