// A PSK worker whose random bytes follow from a seed, so that a test can look for the epoch secrets. Nothing
// else about it differs.

import { createHash } from 'node:crypto';
import { servePsks as serve } from '../../apps/controller/src/keys/derive-and-seal-psks.ts';

export * from '../../apps/controller/src/keys/derive-and-seal-psks.ts';

/** Not a MESH_ variable: the programs refuse unknown ones. */
export const SEED_VARIABLE = 'E2E_EPOCH_SEED';
/** How many draws of 32 bytes are known: more than a run has. */
export const EPOCH_SECRETS = 200;

export const epochSecretOf = (seed: string, counter: number): Uint8Array =>
  new Uint8Array(createHash('sha256').update(`${seed} epoch ${counter}`).digest());

export const servePsks: typeof serve = () => {
  const seed = process.env[SEED_VARIABLE] ?? '';
  let epochs = 0;
  let others = 0;
  serve((bytes) => {
    if (bytes.length === 32) bytes.set(epochSecretOf(seed, epochs++));
    else
      for (let at = 0; at < bytes.length; at += 32) {
        const block = createHash('sha256').update(`${seed} other ${others++}`).digest();
        bytes.set(block.subarray(0, bytes.length - at), at);
      }
    return bytes;
  });
};
