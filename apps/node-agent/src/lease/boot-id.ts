// Names this boot of the machine: the clock that leases count on starts again with each boot.

import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';

export function readBootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  } catch {
    // Without it no lease outlives the agent: tunnels close at a restart and open again with the first
    // config.
    return randomUUID();
  }
}
