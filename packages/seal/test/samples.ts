// Deterministic bytes and key pairs for these tests. Real callers draw theirs from the platform's random source.
import { parseMeshId, parseNodeId } from '@mesh/primitives';
import {
  configSealInfo,
  encapsulationRandomnessLength,
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

export const info = configSealInfo({
  meshId: parseMeshId('demo'),
  nodeId: parseNodeId('node-a'),
  version: '7-1',
});
export const aad = bytes(5, 9);

/** Expects a SealError of this code. */
export function sealError(code: string): unknown {
  return { asymmetricMatch: (error: unknown) => isCoded(error) && error.code === code };
}

function isCoded(error: unknown): error is { name: string; code: string } {
  return error instanceof Error && error.name === 'SealError' && 'code' in error;
}
