// Runs a userspace interface: one wireguard-go that outlives the process that started it, so that a restart
// drops no tunnel. The next process finds it by its socket and can end it by its pid.
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { InterfaceName } from '@mesh/wg';
import type { IpLink } from '../linux/ip-link.ts';
import { ensurePrivateDir } from '../linux/private-dir.ts';
import {
  describeProcess,
  isRunning,
  type ProcessRecord,
  readProcessRecord,
  removeProcessRecord,
  writeProcessRecord,
} from '../linux/process-record.ts';
import { type RetryTimers, retry } from '../linux/retry.ts';
import { failedCommand, type RunCommand } from '../linux/run-command.ts';
import type { LinkState } from '../port/link-state.ts';
import { TunnelError } from '../port/tunnel-error.ts';
import type { EnsuredInterface, WireguardInterface } from '../port/wireguard-interface.ts';
import { isServed, UAPI_SOCKET_DIR } from './uapi-socket.ts';

export interface WireguardGoOptions {
  readonly interfaceName: InterfaceName;
  /** A private folder on a file system that ends with this boot. It holds the process records (0600). */
  readonly runtimeDir: string;
  readonly link: Pick<IpLink, 'read'>;
  readonly run: RunCommand;
  readonly timers: RetryTimers;
  readonly socketDir?: string;
  /**
   * The command that becomes wireguard-go, such as `['nsenter', '--net=…', 'wireguard-go']`. It must not
   * fork.
   */
  readonly command?: readonly [string, ...string[]];
}

const EVERY_MS = 10;
const START_TIMEOUT_MS = 10_000;
const END_TIMEOUT_MS = 5_000;
const LEAVE_TIMEOUT_MS = 500;

export function createWireguardGoInterface(options: WireguardGoOptions): WireguardInterface {
  const { interfaceName, runtimeDir, link, run, timers, socketDir = UAPI_SOCKET_DIR } = options;
  const socketPath = join(socketDir, `${interfaceName}.sock`);
  const recordPath = join(runtimeDir, `${interfaceName}.process.json`);

  async function ensure(): Promise<EnsuredInterface> {
    if (await isServed(socketPath)) {
      const device = await findDevice();
      if (typeof device === 'object') return { kind: 'adopted', link: device };
      if (device === 'elsewhere') {
        throw new TunnelError(
          'interface_taken',
          `${interfaceName} is served for another network namespace of this machine: choose another interface name`,
        );
      }
    }
    const record = readProcessRecord(recordPath);
    // It runs but serves no socket: somebody deleted the file, or it hangs. Nobody can reach it any more.
    if (record !== undefined && isRunning(record)) await end(record);
    // After its socket is deleted, a wireguard-go ends by itself, and its device with it, but not at once.
    if (!(await isLinkGone(LEAVE_TIMEOUT_MS))) {
      throw new TunnelError(
        'interface_taken',
        `${interfaceName} exists without a WireGuard socket: remove it or choose another interface name`,
      );
    }
    // SIGKILL leaves the socket behind. It may be removed: it has this interface's name and nobody serves it.
    rmSync(socketPath, { force: true });
    const child = await start();
    const ready = await retry(async () => await readiness(child), {
      timers,
      everyMs: EVERY_MS,
      timeoutMs: START_TIMEOUT_MS,
    });
    if (ready === 'ready') return { kind: 'created' };
    if (isRunning(child)) await end(child);
    removeProcessRecord(recordPath);
    throw new TunnelError(
      'unavailable',
      `wireguard-go ${ready === 'ended' ? 'ended at once' : `was not ready after ${START_TIMEOUT_MS} ms`}: ` +
        'it needs CAP_NET_ADMIN and /dev/net/tun',
    );
  }

  /**
   * Finds where the device of a served socket is. All network namespaces share the folder of sockets, so the
   * device can be in another one. To configure it here would replace its key. `nowhere` means that a
   * wireguard-go had lost its device and has now ended.
   *
   * @returns the device if it is here
   */
  async function findDevice(): Promise<LinkState | 'elsewhere' | 'nowhere'> {
    const probe = async () => {
      const found = await link.read();
      if (found !== undefined) return found;
      return (await isServed(socketPath)) ? undefined : 'nowhere';
    };
    return (await retry(probe, { timers, everyMs: EVERY_MS, timeoutMs: LEAVE_TIMEOUT_MS })) ?? 'elsewhere';
  }

  async function isLinkGone(timeoutMs: number): Promise<boolean> {
    const probe = async () => ((await link.read()) === undefined ? true : undefined);
    return (await retry(probe, { timers, everyMs: EVERY_MS, timeoutMs })) === true;
  }

  async function readiness(child: ProcessRecord): Promise<'ready' | 'ended' | undefined> {
    if (await isServed(socketPath)) return 'ready';
    return isRunning(child) ? undefined : 'ended';
  }

  async function start(): Promise<ProcessRecord> {
    ensurePrivateDir(runtimeDir);
    const [file, ...args] = options.command ?? ['wireguard-go'];
    // It gets its own session: a signal to this process's group (Ctrl-C, a closed terminal) must not reach
    // it.
    const child = spawn(file, [...args, '-f', interfaceName], {
      detached: true,
      stdio: 'ignore',
      cwd: '/',
      env: { PATH: process.env.PATH ?? '', WG_PROCESS_FOREGROUND: '1', LOG_LEVEL: 'error' },
    });
    const pid = await new Promise<number>((resolve, reject) => {
      child.on('error', () => {
        reject(new TunnelError('unavailable', `${file} could not be started: install wireguard-go`));
      });
      child.on('spawn', () => {
        if (child.pid !== undefined) resolve(child.pid);
      });
    });
    child.unref();
    const record = describeProcess(pid);
    if (record === undefined) {
      throw new TunnelError(
        'unavailable',
        'wireguard-go ended at once: it needs CAP_NET_ADMIN and /dev/net/tun',
      );
    }
    writeProcessRecord(recordPath, record);
    return record;
  }

  async function remove(): Promise<void> {
    if ((await isServed(socketPath)) && (await findDevice()) === 'elsewhere') return;
    const record = readProcessRecord(recordPath);
    if (record !== undefined && isRunning(record)) await end(record);
    // Another program started this wireguard-go, or its record was lost. It ends when its device is deleted.
    else if (await isServed(socketPath)) await deleteDevice();
    const gone = await retry(async () => ((await isGone()) ? true : undefined), {
      timers,
      everyMs: EVERY_MS,
      timeoutMs: END_TIMEOUT_MS,
    });
    if (gone === undefined)
      throw new TunnelError('timeout', `${interfaceName} is still there: remove it by hand`);
    rmSync(socketPath, { force: true });
    removeProcessRecord(recordPath);
  }

  async function deleteDevice(): Promise<void> {
    const args = ['link', 'delete', 'dev', interfaceName];
    const result = await run('ip', args);
    const failure = result.exitCode === 0 ? undefined : failedCommand('ip', args, result);
    // `not_up`: the device went away by itself in the meantime.
    if (failure !== undefined && failure.code !== 'not_up') throw failure;
  }

  async function isGone(): Promise<boolean> {
    return !(await isServed(socketPath)) && (await link.read()) === undefined;
  }

  async function end(record: ProcessRecord): Promise<void> {
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      signalProcess(record, signal);
      const ended = await retry(async () => (isRunning(record) ? undefined : true), {
        timers,
        everyMs: EVERY_MS,
        timeoutMs: END_TIMEOUT_MS,
      });
      if (ended === true) return;
    }
    throw new TunnelError('timeout', `the wireguard-go of ${interfaceName} (pid ${record.pid}) does not end`);
  }

  return { ensure, remove };
}

function signalProcess(record: ProcessRecord, signal: NodeJS.Signals): void {
  try {
    if (isRunning(record)) process.kill(record.pid, signal);
  } catch {
    // It ended after `isRunning` was asked.
  }
}
