// Writes a new file piece by piece.

import { closeSync, constants, fsyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { errorCodeOf, storageAdvice } from '@mesh/host';
import { CliError } from '../errors/cli-error.ts';
import type { NewFile } from '../ports/ports.ts';

const CREATE = constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY;

/** Makes an empty file, mode 0600. @throws CliError if there is one already, or it cannot be made */
export function createNewFile(path: string): NewFile {
  const explained = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      const code = errorCodeOf(error) ?? 'unknown';
      const why = code === 'EEXIST' ? 'it is there already: name a new file' : storageAdvice(path, code);
      throw new CliError('usage', `${path} cannot be written (${code}): ${why}`, { cause: error });
    }
  };
  const descriptor = explained(() => openSync(path, CREATE, 0o600));
  return {
    write: (bytes) =>
      explained(() => {
        for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
      }),
    save: () =>
      explained(() => {
        fsyncSync(descriptor);
        closeSync(descriptor);
        const directory = openSync(dirname(path), constants.O_RDONLY);
        fsyncSync(directory);
        closeSync(directory);
      }),
    discard: () => {
      rmSync(path, { force: true });
    },
  };
}
