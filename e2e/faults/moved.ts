// The machine's clocks, moved by the numbers in a file, which is read at each reading of a clock. So a test
// can act as if somebody set the wall clock or the machine slept, while the program runs. See
// movable-clock.ts.

import { readFileSync } from 'node:fs';
import type { Clock } from '@mesh/host';

const FILE = process.env.E2E_CLOCK_FILE ?? '';

export function moved(clock: Clock): Clock {
  const by = () => JSON.parse(readFileSync(FILE, 'utf8')) as { wallMs: number; bootMs: number };
  return {
    nowMs: () => clock.nowMs() + by().wallMs,
    monotonicMs: () => clock.monotonicMs(),
    bootMs: () => clock.bootMs() + by().bootMs,
  };
}
