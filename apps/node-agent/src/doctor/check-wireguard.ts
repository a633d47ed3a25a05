// Is there a WireGuard that this process may use?

import type { RunCommand, TunnelChoice } from '@mesh/wg-device';
import { chooseTunnel, runOrThrow, TunnelError } from '@mesh/wg-device';
import { type Finding, failed, ok, skipped } from './finding.ts';

export interface WireguardInput {
  /** The setting `tunnel`. */
  readonly choice: TunnelChoice;
  /** What `chooseTunnel` takes by itself on this host; an error if there is nothing to take. */
  readonly found: FoundTunnel;
  readonly run: RunCommand;
}

export type FoundTunnel = 'kernel' | 'userspace' | TunnelError;

/** @throws what is not a TunnelError */
export async function findTunnel(
  options: Omit<Parameters<typeof chooseTunnel>[0], 'choice'>,
): Promise<FoundTunnel> {
  try {
    const { kind } = await chooseTunnel({ ...options, choice: 'auto' });
    if (kind === 'dry-run')
      return new TunnelError('unavailable', 'a dry run is no tunnel: choose another one');
    return kind;
  } catch (error) {
    if (error instanceof TunnelError) return error;
    throw error;
  }
}

/** @throws TunnelError if wireguard-go is asked for and missing */
export async function checkWireguard({ choice, found, run }: WireguardInput): Promise<Finding> {
  if (choice === 'dry-run') return skipped('tunnel: dry-run makes no tunnel');
  if (choice === 'userspace') {
    await runOrThrow(run, 'wireguard-go', ['--version']);
    return ok('wireguard-go is there');
  }
  if (found instanceof TunnelError) return failed(found.message);
  if (choice === 'kernel' && found !== 'kernel')
    return failed(
      'the kernel has no WireGuard that this process may use: load its module (modprobe wireguard) and install wireguard-tools, or set tunnel: auto to use wireguard-go',
    );
  return ok(found === 'kernel' ? "the kernel's WireGuard can be used" : 'wireguard-go can be used');
}
