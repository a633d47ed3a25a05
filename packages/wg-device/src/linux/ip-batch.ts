// Makes many changes with one `ip`. One command for each of 1,000 peers would start 1,000 processes.

import type { IpFamily } from '@mesh/wg';
import { failedCommand, type RunCommand } from './run-command.ts';

/** @throws TunnelError see `RunCommand` and `failedCommand` */
export async function runIpBatch(run: RunCommand, family: IpFamily, lines: readonly string[]): Promise<void> {
  if (lines.length === 0) return;
  const args = [`-${family}`, '-batch', '-'];
  const result = await run('ip', args, { stdin: lines.map((line) => `${line}\n`).join('') });
  if (result.exitCode !== 0) throw failedCommand('ip', args, result);
}
