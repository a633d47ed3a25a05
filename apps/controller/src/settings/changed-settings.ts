// Finds which settings differ between the configuration that runs and one that was read again.

import type { ControllerConfig } from './config.ts';

/** Together these are the policy, which can change while the controller runs. */
const OF_THE_POLICY: ReadonlySet<string> = new Set(['policy', 'threshold', 'max_benchmark_age_seconds']);

/** The names of the top-level settings that count only after a restart and are different now. */
export function changedSettings(running: ControllerConfig, read: ControllerConfig): readonly string[] {
  return (Object.keys({ ...running, ...read }) as (keyof ControllerConfig)[]).filter(
    (name) => !OF_THE_POLICY.has(name) && JSON.stringify(running[name]) !== JSON.stringify(read[name]),
  );
}
