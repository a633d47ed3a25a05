// Epochs that are published long before they begin: for tests that do more within a lead than a slow machine
// gets done in the usual one.

import type { Rotation } from '@mesh/protocol';
import {
  type EpochTiming,
  epochTiming as real,
} from '../../packages/membership/src/epochs/epoch-schedule.ts';

export * from '../../packages/membership/src/epochs/epoch-schedule.ts';

export function epochTiming(epochMs: number, rotation: Rotation): EpochTiming {
  return { ...real(epochMs, rotation), leadMs: epochMs / 3 };
}
