// Measures only sealing and opening: one thread, messages of the size of a config's keys.

import { randomBytes } from 'node:crypto';
import { platformAead, platformX25519 } from '@mesh/host';
import { compareBytes } from '@mesh/primitives';
import {
  encapsulateTo,
  encapsulationRandomnessLength,
  generateKemKeyPair,
  kemSeedLength,
  openSealed,
  SEAL_SUITES,
  type SealSuite,
  sealTo,
  setupReceiver,
  setupSender,
} from '@mesh/seal';
import type { Contender } from '../interleave.ts';
import { cpuSinceMs } from '../process-cpu.ts';

/** The size of the keys of about 170 peers in two epochs. */
export const MESSAGE_LENGTH_BYTES = 20_000;
export const SEAL_BASELINE = 'seal: one shot, x-wing';

/**
 * Milliseconds of CPU time per message, by operation and suite; with the platform's X25519 and, except for
 * one shot, cipher.
 */
export function sealContenders(turnMs: number): Contender<number>[] {
  return SEAL_SUITES.flatMap((suite) => {
    const label = suite.slice(suite.lastIndexOf('/') + 1);
    return Object.entries(operations(suite)).map(([name, operation]) => ({
      name: `${name}, ${label}`,
      run: () => cpuMs(turnMs, operation),
    }));
  });
}

function operations(suite: SealSuite): Record<string, () => unknown> {
  const info = randomBytes(48);
  const aad = randomBytes(30);
  const plaintext = randomBytes(MESSAGE_LENGTH_BYTES);
  const renew = () => generateKemKeyPair(suite, randomBytes(kemSeedLength(suite)), platformX25519);
  const randomness = () => randomBytes(encapsulationRandomnessLength(suite));
  const { publicKey, privateKey } = renew();
  const sealOnce = () =>
    sealTo({ suite, publicKey, info, aad, plaintext, randomness: randomness() }, platformX25519);
  const once = sealOnce();
  const encapsulate = () => encapsulateTo({ suite, publicKey, randomness: randomness() }, platformX25519);
  const sender = setupSender(encapsulate(), info, platformAead);
  const { enc } = sender;
  const message = { aad, ...sender.seal({ aad, plaintext }) };
  const setup = () => setupReceiver({ suite, privateKey, enc, info }, platformX25519, platformAead);
  const receiver = setup();
  for (const opened of [
    receiver.open(message),
    openSealed({ suite, privateKey, info, aad, sealed: once }, platformX25519),
  ]) {
    if (compareBytes(opened, plaintext) !== 0)
      throw new Error('what was sealed does not open: mend the benchmark');
  }
  return {
    'seal: one shot': sealOnce,
    'encapsulate, which can be done ahead': encapsulate,
    'seal: a message more in a context': () => sender.seal({ aad, plaintext }),
    'open: one shot': () => openSealed({ suite, privateKey, info, aad, sealed: once }, platformX25519),
    'open: set up a context': setup,
    'open: a message more in a context': () => receiver.open(message),
    'a fresh key pair': renew,
  };
}

function cpuMs(turnMs: number, operation: () => unknown): number {
  const start = process.cpuUsage();
  for (let times = 1; ; times++) {
    operation();
    const spentMs = cpuSinceMs(start);
    if (spentMs >= turnMs) return spentMs / times;
  }
}
