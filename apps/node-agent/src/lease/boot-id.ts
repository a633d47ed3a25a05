// Identifies this boot of the machine. Leases count on a clock that starts again with each boot.

import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';

export function readBootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  } catch {
    // Without the kernel's id no lease outlives the agent: tunnels close at a restart and open again with the
    // first config.
    return randomUUID();
  }
}
