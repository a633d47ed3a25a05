// The suites by their versioned ids. An id fixes every byte: the KEM, HKDF-SHA256, ChaCha20-Poly1305 and the
// encoding. X-Wing is a draft. If it changes, the new version becomes mesh/seal/v2/x-wing and v1 stays as it
// is.

import { dhkemX25519 } from './dhkem-x25519.ts';
import type { Kem } from './kem.ts';
import { SealError } from './seal-error.ts';
import { xWing } from './x-wing.ts';
import { portableX25519, type X25519 } from './x25519.ts';

/** In order of preference: the hybrid first. */
export const SEAL_SUITES = ['mesh/seal/v1/x-wing', 'mesh/seal/v1/x25519'] as const;

export type SealSuite = (typeof SEAL_SUITES)[number];

/** Secure as long as ML-KEM-768 or X25519 is. */
export const DEFAULT_SUITE: SealSuite = 'mesh/seal/v1/x-wing';

const KEMS: ReadonlyMap<string, (x25519: X25519) => Kem> = new Map<SealSuite, (x25519: X25519) => Kem>([
  ['mesh/seal/v1/x-wing', xWing],
  ['mesh/seal/v1/x25519', dhkemX25519],
]);
const PORTABLE_KEMS: ReadonlyMap<string, Kem> = new Map(
  [...KEMS].map(([suite, make]) => [suite, make(portableX25519)]),
);

/** @throws SealError `unknown_suite` */
export function parseSealSuite(value: unknown): SealSuite {
  if (typeof value !== 'string' || !KEMS.has(value)) throw unknownSuite();
  return value as SealSuite;
}

/** @throws SealError `unknown_suite` */
export function kemOf(suite: SealSuite, x25519: X25519 = portableX25519): Kem {
  const kem = x25519 === portableX25519 ? PORTABLE_KEMS.get(suite) : KEMS.get(suite)?.(x25519);
  if (kem === undefined) throw unknownSuite();
  return kem;
}

/** How many random bytes `generateKemKeyPair` takes. @throws SealError `unknown_suite` */
export function kemSeedLength(suite: SealSuite): number {
  return kemOf(suite).seedLengthBytes;
}

/** How many random bytes `encapsulateTo` and `sealTo` take. @throws SealError `unknown_suite` */
export function encapsulationRandomnessLength(suite: SealSuite): number {
  return kemOf(suite).randomnessLengthBytes;
}

function unknownSuite(): SealError {
  return new SealError('unknown_suite', `unknown suite; use one of ${SEAL_SUITES.join(', ')}`);
}
