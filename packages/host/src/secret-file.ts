/**
 * Files with a secret. They are read only if nobody else can open them, and written so that nobody else can
 * open them at any time.
 */

import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { SecretBytes } from '@mesh/primitives';
import { writeFileAtomicSync } from './atomic-file.ts';
import { errorCodeOf, HostError } from './host-error.ts';
import { storageAdvice } from './storage-advice.ts';

const DEFAULT_MAX_BYTES = 65_536;

/**
 * The content of a secret file, which the caller disposes of. The check is made on the open file, so nobody
 * can swap the file between check and read.
 *
 * @throws HostError `file_missing`; `file_unsafe` (group or others may open it and it is no credential of
 *   systemd, it belongs to someone other than this user or root, or it is not a regular file);
 *   `file_too_large`; `file_io`. Never holds the content.
 */
export function readSecretFile(path: string, options: { readonly maxBytes?: number } = {}): SecretBytes {
  const maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES;
  const fd = openForReading(path);
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile()) {
      throw new HostError('file_unsafe', `${path} is not a regular file: put the secret into one`);
    }
    if ((stat.mode & 0o077) !== 0 && !isCredential(path, stat)) {
      throw new HostError(
        'file_unsafe',
        `others may open ${path} (mode ${(stat.mode & 0o777).toString(8).padStart(4, '0')}): run chmod 600 ${path}, and replace the secret if anyone could have read it`,
      );
    }
    const self = process.geteuid?.() ?? 0;
    if (stat.uid !== self && stat.uid !== 0) {
      throw new HostError(
        'file_unsafe',
        `${path} belongs to user ${stat.uid}, not to user ${self} or root: run chown ${self} ${path}`,
      );
    }
    if (stat.size > maxBytes) {
      throw new HostError(
        'file_too_large',
        `${path} has more than ${maxBytes} bytes: it is not the secret that is asked for`,
      );
    }
    return readAll(fd, path, maxBytes);
  } finally {
    closeSync(fd);
  }
}

/**
 * Whether systemd gave this service the file as a credential (systemd.exec(5), LoadCredential). Where it can,
 * systemd lets the service's user in by an access list on a file of root, and the mode then shows the list's
 * mask as the rights of the group root.
 */
function isCredential(path: string, { mode, uid, gid }: Stats): boolean {
  const folder = process.env.CREDENTIALS_DIRECTORY;
  return (
    folder !== undefined &&
    dirname(resolve(path)) === resolve(folder) &&
    uid === 0 &&
    gid === 0 &&
    (mode & 0o777) === 0o440
  );
}

function openForReading(path: string): number {
  try {
    // Without O_NONBLOCK, a FIFO would hang here before it can be refused.
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const code = errorCodeOf(error) ?? 'unknown';
    if (code === 'ENOENT')
      throw new HostError('file_missing', `${path} does not exist: check its path`, { cause: error });
    throw new HostError('file_io', `${path} cannot be read (${code}): ${storageAdvice(path, code)}`, {
      cause: error,
    });
  }
}

/** Reads into one buffer outside Node's shared pool, so that no copy is left when it is zeroed. */
function readAll(fd: number, path: string, maxBytes: number): SecretBytes {
  const buffer = new Uint8Array(maxBytes + 1);
  try {
    let length = 0;
    for (;;) {
      const count = readSync(fd, buffer, length, buffer.length - length, null);
      if (count === 0) return SecretBytes.own(buffer.slice(0, length));
      length += count;
      if (length > maxBytes)
        throw new HostError('file_too_large', `${path} grew beyond ${maxBytes} bytes while it was read`);
    }
  } catch (error) {
    if (error instanceof HostError) throw error;
    const code = errorCodeOf(error) ?? 'unknown';
    throw new HostError('file_io', `${path} cannot be read (${code}): ${storageAdvice(path, code)}`, {
      cause: error,
    });
  } finally {
    buffer.fill(0);
  }
}

/**
 * Writes a secret with mode 0600, atomically and durably; it is on disk when this returns. The bytes stay the
 * caller's. With `overwrite: false` an existing file is left alone (HostError `file_exists`).
 *
 * @throws HostError `file_io`, `file_exists`; never holds the content
 */
export function writeSecretFile(
  path: string,
  content: Uint8Array | SecretBytes,
  options: { readonly overwrite?: boolean } = {},
): void {
  const write = (bytes: Uint8Array) =>
    writeFileAtomicSync(path, bytes, { mode: 0o600, overwrite: options.overwrite ?? true });
  if (content instanceof SecretBytes) content.use(write);
  else write(content);
}
