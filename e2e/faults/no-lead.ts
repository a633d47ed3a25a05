// Epochs that are published only when they begin.

import type { Rotation } from '@mesh/protocol';
import {
  type EpochTiming,
  epochTiming as real,
} from '../../packages/membership/src/epochs/epoch-schedule.ts';

export * from '../../packages/membership/src/epochs/epoch-schedule.ts';

export function epochTiming(epochMs: number, rotation: Rotation): EpochTiming {
  return { ...real(epochMs, rotation), leadMs: 1 };
}
