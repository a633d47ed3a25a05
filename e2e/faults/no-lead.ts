// Epochs that are published when they begin.

import { type EpochTiming, epochTiming as real } from '@mesh/membership';
import type { Rotation } from '@mesh/protocol';

export * from '@mesh/membership';

export function epochTiming(epochMs: number, rotation: Rotation): EpochTiming {
  return { ...real(epochMs, rotation), leadMs: 1 };
}
