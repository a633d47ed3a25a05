// status.sealed: what status.json says, and the details that only the operator may see, sealed under the
// master key. `mesh-controller status` opens it, also while the controller is down.

import { readFileSync } from 'node:fs';
import { errorCodeOf, HostError } from '@mesh/host';
import { wipe } from '@mesh/primitives';
import { ControllerError } from '../errors/controller-error.ts';
import { SealedFor, type Sealer } from '../trust/at-rest-sealer.ts';

/** @param meshId the file of one mesh does not open as that of another */
export function sealStatus(sealer: Sealer, meshId: string, text: string): Uint8Array {
  const plaintext = Buffer.from(text);
  try {
    return sealer.seal(SealedFor.status, meshId, plaintext);
  } finally {
    wipe(plaintext);
  }
}

/** @returns the text that was sealed @throws ControllerError `usage` if there is none or it does not open */
export function openStatus(sealer: Sealer, meshId: string, path: string): string {
  let sealed: Uint8Array;
  try {
    sealed = readFileSync(path);
  } catch (error) {
    throw new ControllerError(
      'usage',
      `${path} cannot be read (${errorCodeOf(error) ?? 'unknown'}): the controller writes it while it serves; run this as its user, with its data_dir`,
      { cause: error },
    );
  }
  try {
    return Buffer.from(sealer.open(SealedFor.status, meshId, sealed)).toString();
  } catch (error) {
    if (!(error instanceof HostError && error.code === 'envelope_invalid')) throw error;
    throw new ControllerError(
      'usage',
      `the master key does not open ${path}: it is of another key or mesh, or older than the last rotation; start the controller, which writes it again`,
      { cause: error },
    );
  }
}
