// Describes the machine in one line. Absolute figures mean nothing without it, and little with it: compare
// ratios.

import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memory_gib: number;
  readonly platform: string;
  readonly node: string;
  readonly openssl: string;
  /**
   * The load average of the minute before the run. Above the number of cores, other processes were busy too.
   */
  readonly load_at_start: number;
}

export function describeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown processor',
    cores: availableParallelism(),
    memory_gib: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform} ${release()}`,
    node: process.versions.node,
    openssl: process.versions.openssl,
    load_at_start: Math.round((loadavg()[0] ?? 0) * 10) / 10,
  };
}

export function machineLine(machine: Machine): string {
  const { cpu, cores, memory_gib, platform, node, openssl, load_at_start } = machine;
  return `${cpu}, ${cores} cores, ${memory_gib} GiB, ${platform}, Node ${node}, OpenSSL ${openssl}, load ${load_at_start} at the start`;
}
