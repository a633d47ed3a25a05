// Hosts for tunnel tests: network namespaces with a private /run/wireguard, joined by a veth pair. The
// adapters run outside. They run commands inside with nsenter, and open sockets by /proc/PID/root.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { END_NAMESPACE } from '@mesh/host/test-kit';
import { createRunCommand, type RunCommand, runOrThrow } from '../../src/linux/run-command.ts';

export interface LabHost {
  /** The words before a command that runs on this host. */
  readonly enter: readonly [string, ...string[]];
  readonly run: RunCommand;
  readonly socketDir: string;
  readonly runtimeDir: string;
  /** The host's underlay address, which `joinHosts` sets. */
  readonly underlay: string;
  /** Ends every process on the host, wireguard-go included, and waits until they have ended. */
  close(): Promise<void>;
}

/**
 * A program that holds the namespaces while its input is open. The input closes when the host is closed or
 * the tests are killed. The program then kills every process in its network namespace, because wireguard-go
 * outlives the process that started it.
 */
const HOLDER = `
  mkdir -p /run/wireguard && mount -t tmpfs tmpfs /run/wireguard && ip link set lo up || exit 1
  trap : INT TERM
  echo ready
  cat
  ${END_NAMESPACE}
  true
`;

export async function createLabHost(underlay = '192.0.2.1'): Promise<LabHost> {
  const holder = spawn('unshare', ['--net', '--mount', 'sh', '-c', HOLDER], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  await firstLine(holder);
  const pid = String(holder.pid);
  const enter = ['nsenter', `--target=${pid}`, '--net', '--mount', '--'] as const;
  const runtimeDir = mkdtempSync(join(tmpdir(), 'mesh-tunnel-'));
  return {
    enter: [...enter],
    run: createRunCommand(enter),
    socketDir: `/proc/${pid}/root/run/wireguard`,
    runtimeDir,
    underlay,
    async close() {
      const ended = new Promise((resolve) => holder.on('close', resolve));
      holder.stdin?.end();
      await ended;
      rmSync(runtimeDir, { recursive: true, force: true });
    },
  };
}

/** Joins two hosts by a veth pair. Their addresses are in 192.0.2.0/24. */
export async function joinHosts(a: LabHost, b: LabHost): Promise<void> {
  await layCable([a, 'cable'], [b, 'cable']);
  for (const host of [a, b]) {
    await runOrThrow(host.run, 'ip', ['address', 'add', `${host.underlay}/24`, 'dev', 'cable']);
    await runOrThrow(host.run, 'ip', ['link', 'set', 'cable', 'up']);
  }
}

/** Lays a cable between two hosts. Each end is an interface with its name, and is down. */
export async function layCable(
  [host, name]: readonly [LabHost, string],
  [other, otherName]: readonly [LabHost, string],
): Promise<void> {
  const pidOfOther = (other.enter[1] ?? '').split('=')[1] ?? '';
  const otherEnd = ['peer', 'name', otherName, 'netns', pidOfOther];
  await runOrThrow(host.run, 'ip', ['link', 'add', name, 'type', 'veth', ...otherEnd]);
}

/** The first line that a child prints. Rejects with its stderr if it ends before. */
export async function firstLine(child: ChildProcess): Promise<string> {
  return await new Promise((resolve, reject) => {
    let out = '';
    let err = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      out += chunk.toString();
      if (out.includes('\n')) resolve(out.split('\n')[0] ?? '');
    });
    child.stderr?.on('data', (chunk: Buffer) => {
      err += chunk.toString();
    });
    child.on('close', () => reject(new Error(`ended before its first line: ${err}`)));
  });
}

/** The paths of all files under a folder. */
export function filesUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true }).map(String);
}
