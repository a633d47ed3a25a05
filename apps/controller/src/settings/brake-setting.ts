// The setting of the safety brake, and what the commands get of it.

import type { BrakeSettings } from '@mesh/scoring';
import * as z from 'zod';

export const brakeSetting = z.strictObject({
  /** The share of the mesh that one cause may cut within the window; 1 takes the brake off. */
  share: z.number().min(0).max(1).default(0.2),
  /** How many nodes one cause has to deny at least before the brake holds any. */
  at_least: z.number().int().min(1).max(1_000_000).default(5),
  window_seconds: z.number().int().min(1).max(3_600).default(600),
  hold_seconds: z.number().int().min(1).max(86_400).default(900),
  /** The limit, in each direction, of a pair with a held node. */
  limit_bits_per_second: z.number().int().min(1).default(1_000_000),
});

/** A node is held at most once within this time, so that nobody can stay in by failing again and again. */
const HELD_AGAIN_AFTER_MS = 24 * 3_600_000;

export function brakeSettingsOf(brake: z.output<typeof brakeSetting>): BrakeSettings {
  return {
    share: brake.share,
    atLeast: brake.at_least,
    windowMs: brake.window_seconds * 1000,
    holdMs: brake.hold_seconds * 1000,
    againAfterMs: HELD_AGAIN_AFTER_MS,
  };
}
