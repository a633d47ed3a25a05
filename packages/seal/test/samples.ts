// Deterministic bytes and key pairs for these tests. Real callers draw theirs from the platform's random
// source.
import { parseEpochId, parseMeshId, parseNodeId } from '@mesh/primitives';
import {
  type Encapsulated,
  encapsulateTo,
  encapsulationRandomnessLength,
  epochSealInfo,
  generateKemKeyPair,
  type KemKeyPair,
  kemSeedLength,
  type SealSuite,
} from '../src/index.ts';

/** `length` bytes that differ from place to place and from label to label; never all zero. */
export function bytes(length: number, label = 1): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 31 + label * 17 + 1) & 0xff);
}

export function pairOf(suite: SealSuite, label = 1): KemKeyPair {
  return generateKemKeyPair(suite, bytes(kemSeedLength(suite), label));
}

export function randomnessFor(suite: SealSuite, label = 1): Uint8Array {
  return bytes(encapsulationRandomnessLength(suite), label);
}

export function encapsulated(suite: SealSuite, publicKey: Uint8Array, label = 1): Encapsulated {
  return encapsulateTo({ suite, publicKey, randomness: randomnessFor(suite, label) });
}

export const info = epochSealInfo({
  meshId: parseMeshId('demo'),
  nodeId: parseNodeId('node-a'),
  epochId: parseEpochId(7),
});
export const aad = bytes(5, 9);

/** Expects a SealError of this code. */
export function sealError(code: string): unknown {
  return { asymmetricMatch: (error: unknown) => isCoded(error) && error.code === code };
}

function isCoded(error: unknown): error is { name: string; code: string } {
  return error instanceof Error && error.name === 'SealError' && 'code' in error;
}
