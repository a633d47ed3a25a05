// What one process of the soak is to do, and what it reports of kills at writes.

import type { PowerFailures } from '../../../../apps/controller/test/support/crash/power-failures.ts';

export type SoakTask =
  | { readonly part: 'power'; readonly failures: Omit<PowerFailures, 'onProgress'> }
  /** The calls number `from`, `from` + `step`, and so on, of each kind. */
  | { readonly part: 'writes'; readonly from: number; readonly step: number }
  | { readonly part: 'kills'; readonly kills: number; readonly seed: number };

export interface WritesReport {
  /** How often it was killed, by the kind of call. */
  readonly kills: Readonly<Record<string, number>>;
  readonly faults: readonly string[];
}
