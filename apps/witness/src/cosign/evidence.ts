// Keeps the proof that a log has shown two histories: two checkpoints of one size with different roots, both
// signed by the log. Anybody who has the log's keys can verify it.

import { join } from 'node:path';
import { errorCodeOf, makePrivateDirectory, writeFileAtomicSync } from '@mesh/host';
import { originHash } from './origin-hash.ts';

export interface Contradiction {
  readonly origin: string;
  readonly size: number;
  /** The note that was cosigned. */
  readonly cosigned: string;
  /** The note that was refused. */
  readonly refused: string;
}

/**
 * One file a size, durably; the first contradiction of a size stays.
 * @returns its path
 * @throws HostError `file_io`
 */
export function keepEvidence(folder: string, contradiction: Contradiction): string {
  const log = originHash(contradiction.origin).slice(0, 16);
  const file = join(folder, `${log}-${contradiction.size}.json`);
  makePrivateDirectory(folder);
  try {
    writeFileAtomicSync(file, Buffer.from(`${JSON.stringify(contradiction, null, 2)}\n`), {
      mode: 0o600,
      overwrite: false,
    });
  } catch (error) {
    if (errorCodeOf(error) !== 'file_exists') throw error;
  }
  return file;
}
