// May this process change interfaces, routes and nftables?

import { readFileSync } from 'node:fs';
import { type Finding, failed, ok } from './finding.ts';

/** linux/capability.h. */
const CAP_NET_ADMIN = 12n;

/** @param statusFile `/proc/self/status`, or a file with the same lines */
export function checkCapabilities(statusFile = '/proc/self/status'): Finding {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync(statusFile, 'latin1'))?.[1];
  if (effective === undefined)
    return failed(`${statusFile} names no capabilities: is /proc of this kernel mounted?`);
  if (((BigInt(`0x${effective}`) >> CAP_NET_ADMIN) & 1n) === 1n) return ok('CAP_NET_ADMIN is there');
  return failed(
    'CAP_NET_ADMIN is missing: run this and the agent as root, with AmbientCapabilities=CAP_NET_ADMIN in the unit, or with --cap-add NET_ADMIN in a container',
  );
}
