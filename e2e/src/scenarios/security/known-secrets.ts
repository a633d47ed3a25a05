// The secrets of a mesh under test, each with the places where it belongs. They are read from there, or known
// because the test has made them.

import { createHash } from 'node:crypto';
import { type KnownSecret, secretsOfMesh } from '@mesh/e2e';
import { concatBytes, lengthPrefixed, uint64be } from '@mesh/primitives';
import { EPOCH_SECRETS, epochSecretOf } from '../../../faults/known-epoch-secrets.ts';

/** Of a mesh that runs or has run in this folder. */
export const secretsIn = (workDir: string, nodes: readonly string[], seed: string): KnownSecret[] => [
  ...secretsOfMesh(workDir, nodes),
  ...Array.from({ length: EPOCH_SECRETS }, (_, at) => ({
    name: `epoch secret ${at}`,
    bytes: epochSecretOf(seed, at),
    home: undefined,
  })),
];

/**
 * Whether the secret of the epoch in force is one of those that are looked for. It is found by the epoch's
 * public commitment: see packages/psk/src/commitment.ts.
 */
export function knowsEpoch(secrets: readonly KnownSecret[], epochId: number, commitment: string): boolean {
  const head = concatBytes(lengthPrefixed('mesh/psk/v1/commitment'), uint64be(epochId));
  return secrets.some(
    ({ bytes }) => commitment === `sha256:${createHash('sha256').update(head).update(bytes).digest('hex')}`,
  );
}
