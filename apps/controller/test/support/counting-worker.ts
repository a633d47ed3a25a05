// The PSK worker with one difference: it counts its encapsulations, where the main thread can read it.

import { randomFillSync } from 'node:crypto';
import { getEnvironmentData } from 'node:worker_threads';
import { encapsulationRandomnessLength } from '@mesh/seal';
import { servePsks } from '../../src/keys/derive-and-seal-psks.ts';
import { ENCAPSULATIONS } from './count-encapsulations.ts';

const counter = getEnvironmentData(ENCAPSULATIONS) as unknown as Int32Array<SharedArrayBuffer>;
/** An epoch secret has half as many bytes. */
const LENGTH = encapsulationRandomnessLength('mesh/seal/v1/x-wing');

servePsks((bytes) => {
  if (bytes.length === LENGTH) Atomics.add(counter, 0, 1);
  return randomFillSync(bytes);
});
