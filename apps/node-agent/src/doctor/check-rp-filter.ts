// Does the kernel's reverse path filter let strict rotation move traffic from one interface to the other?

import { accessSync, constants, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Finding, ok, skipped, warning } from './finding.ts';

export interface RpFilterInput {
  /** Whether the overlay has an IPv4 network; IPv6 has no such setting. */
  readonly hasIpv4: boolean;
  /** The interfaces of the two slots, whether they exist or not. */
  readonly slotNames: readonly string[];
  /** `/proc/sys`, or a folder of the same form. */
  readonly procSys?: string;
  /** Whether this process may change a setting. */
  readonly canWrite?: (path: string) => boolean;
}

/** Strict (RFC 3704, section 2.2): answers must leave by the interface that a packet came in on. */
const STRICT = 1;

/** The kernel uses the higher of `all` and the interface's own; a new interface starts with `default`. */
export function checkRpFilter({
  hasIpv4,
  slotNames,
  procSys = '/proc/sys',
  canWrite = isWritable,
}: RpFilterInput): Finding {
  if (!hasIpv4) return skipped('the overlay has no IPv4 network');
  const pathOf = (name: string) => join(procSys, 'net/ipv4/conf', name, 'rp_filter');
  const all = read(pathOf('all'));
  if (all === undefined) return skipped('this kernel has no such setting');
  const strict = slotNames.filter((name) => {
    const own = read(pathOf(name)) ?? read(pathOf('default')) ?? 0;
    return Math.max(all, own) === STRICT;
  });
  if (strict.length === 0) return ok('it is off or loose');
  if (canWrite(pathOf('default')))
    return ok('it is strict, and the agent will set it to loose on its own interfaces');
  return warning(
    `it is strict for ${strict.join(' and ')}, and /proc/sys cannot be written: with strict rotation packets are lost at boundaries; set net.ipv4.conf.default.rp_filter=2 with sysctl on the host`,
  );
}

function read(path: string): number | undefined {
  try {
    const value = Number(readFileSync(path, 'latin1').trim());
    return Number.isInteger(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
