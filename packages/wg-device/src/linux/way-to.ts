// Asks the kernel by which interface it would send packets for an address.

import type { IpAddress } from '@mesh/wg';
import { asText, parseJsonArray } from './ip-json.ts';
import { failedCommand, type RunCommand } from './run-command.ts';

/**
 * @returns undefined if this host has no route to the address
 * @throws TunnelError
 */
export async function wayTo(run: RunCommand, address: IpAddress): Promise<string | undefined> {
  const args = ['-json', 'route', 'get', address];
  const result = await run('ip', args);
  if (result.exitCode !== 0) {
    if (/RTNETLINK answers/.test(result.stderr)) return undefined;
    throw failedCommand('ip', args, result);
  }
  return asText(parseJsonArray(result.stdout)[0]?.dev);
}
