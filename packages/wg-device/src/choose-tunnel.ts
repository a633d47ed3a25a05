// Chooses the adapter for an interface. If the interface exists, its kind decides. If not, the choice depends
// on what this host supports.
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { type InterfaceName, parseInterfaceName } from '@mesh/wg';
import { createDryRunTunnel } from './dry-run/dry-run-tunnel.ts';
import { createIpLink } from './linux/ip-link.ts';
import type { RetryTimers } from './linux/retry.ts';
import { type RunCommand, runOrThrow } from './linux/run-command.ts';
import type { Tunnel } from './port/tunnel.ts';
import { TunnelError } from './port/tunnel-error.ts';
import { isServed, UAPI_SOCKET_DIR } from './uapi/uapi-socket.ts';
import { createUapiTunnel } from './uapi/uapi-tunnel.ts';
import { createWgToolTunnel } from './wg-tool/wg-tool-tunnel.ts';

/** `auto` never falls back to `dry-run`: the caller must not believe in a tunnel that does not exist. */
export type TunnelChoice = 'auto' | 'kernel' | 'userspace' | 'dry-run';

export interface ChooseTunnelOptions {
  readonly choice: TunnelChoice;
  readonly interfaceName: string;
  readonly run: RunCommand;
  readonly timers: RetryTimers;
  readonly runtimeDir: string;
  readonly writeLine: (line: string) => void;
  readonly socketDir?: string;
  readonly tunDevicePath?: string;
}

export interface ChosenTunnel {
  readonly kind: Exclude<TunnelChoice, 'auto'>;
  readonly tunnel: Tunnel;
}

/**
 * Makes the tunnel of a choice. `auto` keeps the kind of an interface that exists. Otherwise it takes the
 * kernel's WireGuard if this process may use it, and wireguard-go if not.
 *
 * @throws TunnelError `invalid_input` (the name), `unavailable` (the message says what is missing and how to
 *   get it), or the error with which the search on this host failed
 */
export async function chooseTunnel(options: ChooseTunnelOptions): Promise<ChosenTunnel> {
  const interfaceName = checkName(options.interfaceName);
  const kind = options.choice === 'auto' ? await detect(options, interfaceName) : options.choice;
  const parts = { ...options, interfaceName };
  switch (kind) {
    case 'kernel':
      return { kind, tunnel: createWgToolTunnel(parts) };
    case 'userspace':
      return { kind, tunnel: createUapiTunnel(parts) };
    case 'dry-run':
      return { kind, tunnel: createDryRunTunnel(parts) };
  }
}

async function detect(
  options: ChooseTunnelOptions,
  interfaceName: InterfaceName,
): Promise<'kernel' | 'userspace'> {
  const { run, socketDir = UAPI_SOCKET_DIR, tunDevicePath = '/dev/net/tun' } = options;
  // A live interface keeps its kind: the other kind would drop its sessions.
  if (await isServed(join(socketDir, `${interfaceName}.sock`))) return 'userspace';
  if ((await createIpLink(run, interfaceName).read())?.kind === 'wireguard') return 'kernel';
  if ((await hasProgram(run, 'wg')) && (await kernelHasWireguard(run))) return 'kernel';
  const missing = [
    ...((await hasProgram(run, 'wireguard-go')) ? [] : ['wireguard-go (apt-get install wireguard-go)']),
    ...(canOpen(tunDevicePath)
      ? []
      : [`${tunDevicePath} (in a container: pass the device and CAP_NET_ADMIN)`]),
  ];
  if (missing.length === 0) return 'userspace';
  throw new TunnelError(
    'unavailable',
    `the kernel has no WireGuard that this process may use, and for a userspace one there is no ${missing.join(' and no ')}. ` +
      'To try it without tunnels, use --dry-run',
  );
}

// parseSlottedInterfaceName refuses this name: its 15 characters leave no room for `-a`.
const PROBE_NAME = 'mesh-wg-probe00';

/** Tries to make an interface, which also loads the kernel's module if possible. No other test is certain. */
async function kernelHasWireguard(run: RunCommand): Promise<boolean> {
  const made = await run('ip', ['link', 'add', 'dev', PROBE_NAME, 'type', 'wireguard']);
  if (made.exitCode !== 0) return false;
  await runOrThrow(run, 'ip', ['link', 'delete', 'dev', PROBE_NAME]);
  return true;
}

async function hasProgram(run: RunCommand, program: string): Promise<boolean> {
  try {
    await run(program, ['--version']);
    return true;
  } catch (error) {
    if (error instanceof TunnelError && error.code === 'unavailable') return false;
    throw error;
  }
}

function canOpen(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function checkName(value: string): InterfaceName {
  try {
    return parseInterfaceName(value);
  } catch (error) {
    throw new TunnelError(
      'invalid_input',
      error instanceof Error ? error.message : 'the interface name is invalid',
    );
  }
}
