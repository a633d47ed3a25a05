// Sealing and opening by themselves: one thread, messages of the size of a config's keys.

import { randomBytes } from 'node:crypto';
import { platformX25519 } from '@mesh/host';
import { compareBytes } from '@mesh/primitives';
import {
  encapsulationRandomnessLength,
  generateKemKeyPair,
  kemSeedLength,
  openSealed,
  portableX25519,
  SEAL_SUITES,
  type SealSuite,
  sealTo,
  type X25519,
} from '@mesh/seal';
import type { Contender } from '../interleave.ts';

/** As many bytes as the keys of some 170 peers in two epochs. */
export const MESSAGE_LENGTH_BYTES = 20_000;
export const SEAL_BASELINE = "seal, x25519, the platform's X25519";

const IMPLEMENTATIONS: readonly (readonly [string, X25519])[] = [
  ['portable', portableX25519],
  ["the platform's X25519", platformX25519],
];

/** Milliseconds of CPU time for one message, by operation, suite and X25519. */
export function sealContenders(turnMs: number): Contender<number>[] {
  return SEAL_SUITES.flatMap((suite) =>
    IMPLEMENTATIONS.flatMap(([name, x25519]) => {
      const { seal, open, renew } = operations(suite, x25519);
      const label = suite.slice(suite.lastIndexOf('/') + 1);
      return [
        { name: `seal, ${label}, ${name}`, run: () => cpuMs(turnMs, seal) },
        { name: `open, ${label}, ${name}`, run: () => cpuMs(turnMs, open) },
        { name: `a fresh key pair, ${label}, ${name}`, run: () => cpuMs(turnMs, renew) },
      ];
    }),
  );
}

function operations(suite: SealSuite, x25519: X25519) {
  const info = randomBytes(48);
  const aad = new Uint8Array();
  const plaintext = randomBytes(MESSAGE_LENGTH_BYTES);
  const renew = () => generateKemKeyPair(suite, randomBytes(kemSeedLength(suite)), x25519);
  const { publicKey, privateKey } = renew();
  const seal = () =>
    sealTo(
      {
        suite,
        publicKey,
        info,
        aad,
        plaintext,
        randomness: randomBytes(encapsulationRandomnessLength(suite)),
      },
      x25519,
    );
  const sealed = seal();
  const open = () => openSealed({ suite, privateKey, info, aad, sealed }, x25519);
  if (compareBytes(open(), plaintext) !== 0)
    throw new Error('what was sealed does not open: mend the benchmark');
  return { seal, open, renew };
}

function cpuMs(turnMs: number, operation: () => unknown): number {
  const start = process.cpuUsage();
  for (let times = 1; ; times++) {
    operation();
    const { user, system } = process.cpuUsage(start);
    const spentMs = (user + system) / 1000;
    if (spentMs >= turnMs) return spentMs / times;
  }
}
