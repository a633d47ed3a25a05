// The commands that the kernel's adapter runs on a host whose kernel has WireGuard. A stand-in answers for
// `ip` and `wg`. The contract tests everything but making the interface on a real WireGuard.
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseCidr, wgPublicKeyFromPrivate } from '@mesh/wg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { expectCode } from '../../src/contract/expect-tunnel-error.ts';
import { findSecret } from '../../src/contract/find-secret.ts';
import { makePeer, makePsk, makeUp } from '../../src/contract/samples.ts';
import type { CommandResult, RunCommand } from '../../src/linux/run-command.ts';
import { openKernelTunnel } from '../support/adapters.ts';
import { NAME } from '../support/fixtures.ts';
import { filesUnder } from '../support/lab-host.ts';

/** Addresses and routes, asked by one process. */
const READ_LINK = 'ip -json -details -batch - < address show\nroute show table main';

describe('a kernel interface', () => {
  let runtimeDir: string;
  let kernel: KernelStage;
  beforeEach(() => {
    runtimeDir = mkdtempSync(join(tmpdir(), 'mesh-kernel-'));
    kernel = createKernelStage();
  });
  afterEach(() => {
    rmSync(runtimeDir, { recursive: true, force: true });
  });

  it('is made, configured and brought up by these commands', async () => {
    const wanted = makeUp({ routes: [parseCidr('10.44.0.0/16')] });
    const report = await openKernelTunnel({ run: kernel.run, runtimeDir }).up(wanted);
    expect(report.kind).toBe('created');
    expect(kernel.transcript()).toEqual([
      READ_LINK,
      `ip link add dev ${NAME} type wireguard`,
      `wg show ${NAME} dump`,
      `wg set ${NAME} listen-port 51820 private-key FILE`,
      READ_LINK,
      `ip link set dev ${NAME} mtu 1420`,
      `ip -4 address add 10.44.0.250/32 dev ${NAME}`,
      `ip -6 address add fd44::250/128 dev ${NAME}`,
      `ip link set dev ${NAME} up`,
      'ip -json -4 route show table main',
      'ip -4 -batch - < route add 10.44.0.0/16 dev meshtest0',
      `wg show ${NAME} dump`,
    ]);
    expect(kernel.keyFiles).toEqual([{ mode: 0o600, folderMode: 0o700, content: `${wanted.privateKey}\n` }]);
    expect(filesUnder(runtimeDir)).toEqual([`${NAME}.lock`]);
  });

  it('is adopted without being made again', async () => {
    const tunnel = openKernelTunnel({ run: kernel.run, runtimeDir });
    const wanted = makeUp();
    await tunnel.up(wanted);
    kernel.commands.length = 0;
    expect((await openKernelTunnel({ run: kernel.run, runtimeDir }).up(wanted)).kind).toBe('adopted');
    expect(kernel.transcript().filter((line) => / (add|set|delete) /.test(line))).toEqual([
      // The stand-in does not keep the MTU, addresses and routes, so only those are set again.
      `ip link set dev ${NAME} mtu 1420`,
      `ip -4 address add 10.44.0.250/32 dev ${NAME}`,
      `ip -6 address add fd44::250/128 dev ${NAME}`,
      `ip link set dev ${NAME} up`,
      'ip -4 -batch - < route add 10.44.0.0/16 dev meshtest0',
      'ip -6 -batch - < route add fd44::/64 dev meshtest0',
    ]);
  });

  it('gets every preshared key by file in one wg set, never by argument', async () => {
    const tunnel = openKernelTunnel({ run: kernel.run, runtimeDir });
    await tunnel.up(makeUp());
    const peers = [makePeer(1), makePeer(2)];
    kernel.peers = peers.map(({ publicKey }) => publicKey);
    kernel.commands.length = 0;
    kernel.keyFiles.length = 0;
    const changes = peers.map(({ publicKey }) => ({ publicKey, presharedKey: makePsk() }));
    // The stand-in keeps no preshared keys, so the read-back finds the change missing.
    await expectCode(tunnel.setPresharedKeys(changes), 'apply_failed');
    const sets = kernel.transcript().filter((line) => line.startsWith('wg set'));
    expect(sets).toEqual([
      `wg set ${NAME} ${peers.map(({ publicKey }) => `peer ${publicKey} preshared-key FILE`).join(' ')}`,
    ]);
    expect(kernel.keyFiles.map(({ content }) => content)).toEqual(
      changes.map(({ presharedKey }) => `${presharedKey}\n`),
    );
    const spoken = kernel.commands.join('\n');
    expect(changes.flatMap(({ presharedKey }) => findSecret(spoken, presharedKey))).toEqual([]);
  });

  it('is removed by ip link delete', async () => {
    const tunnel = openKernelTunnel({ run: kernel.run, runtimeDir });
    await tunnel.up(makeUp());
    kernel.commands.length = 0;
    await tunnel.down();
    await tunnel.down();
    expect(kernel.transcript()).toEqual([READ_LINK, `ip link delete dev ${NAME}`, READ_LINK]);
  });

  it('that this call made is removed if it cannot be configured', async () => {
    kernel.refuse = (line) =>
      line.includes('address add') ? 'RTNETLINK answers: Invalid argument' : undefined;
    await expectCode(openKernelTunnel({ run: kernel.run, runtimeDir }).up(makeUp()), 'apply_failed');
    expect(kernel.transcript().at(-1)).toBe(`ip link delete dev ${NAME}`);
  });

  it.each([
    ['Error: Unknown device type.', 'unavailable'],
    ['RTNETLINK answers: Operation not permitted', 'permission_denied'],
  ] as const)('that cannot be made (%s) is reported as %s', async (stderr, code) => {
    kernel.refuse = (line) => (line.includes('link add') ? stderr : undefined);
    await expectCode(openKernelTunnel({ run: kernel.run, runtimeDir }).up(makeUp()), code);
  });
});

interface KernelStage {
  readonly run: RunCommand;
  readonly commands: string[];
  readonly keyFiles: { mode: number; folderMode: number; content: string }[];
  peers: string[];
  /** The stderr of a command that must fail; undefined for the others. */
  refuse: (line: string) => string | undefined;
  /** The commands, with the names of key files replaced. */
  transcript(): string[];
}

function createKernelStage(): KernelStage {
  let exists = false;
  let deviceLine = '(none)\t(none)\t0\toff\n';
  const done = (stdout = ''): CommandResult => ({
    exitCode: 0,
    stdout: new TextEncoder().encode(stdout),
    stderr: '',
  });
  const stage: KernelStage = {
    commands: [],
    keyFiles: [],
    peers: [],
    refuse: () => undefined,
    transcript: () => stage.commands.map((line) => line.replaceAll(/\/\S*\.keys-\S+/g, 'FILE')),
    async run(program, args, options) {
      const line = [
        program,
        ...args,
        ...(options?.stdin === undefined ? [] : ['<', options.stdin.trim()]),
      ].join(' ');
      stage.commands.push(line);
      const stderr = stage.refuse(line);
      if (stderr !== undefined) return { exitCode: 2, stdout: new Uint8Array(), stderr };
      for (const path of args.filter((argument) => argument.includes('.keys-'))) {
        const folderMode = statSync(dirname(path)).mode & 0o777;
        stage.keyFiles.push({
          mode: statSync(path).mode & 0o777,
          folderMode,
          content: readFileSync(path, 'utf8'),
        });
      }
      if (line.includes('link add')) exists = true;
      if (line.includes('link delete')) exists = false;
      if (line.includes('private-key')) {
        const privateKey = readFileSync(args.at(-1) ?? '', 'utf8').trim();
        deviceLine = `${privateKey}\t${wgPublicKeyFromPrivate(privateKey as never)}\t51820\toff\n`;
      }
      if (line.startsWith('wg show')) {
        return done(
          deviceLine + stage.peers.map((key) => `${key}\t(none)\t(none)\t(none)\t0\t0\t0\toff\n`).join(''),
        );
      }
      if (line.includes('address show') && exists) {
        return done(
          JSON.stringify([{ ifname: NAME, mtu: 1500, flags: [], linkinfo: { info_kind: 'wireguard' } }]),
        );
      }
      return done('[]');
    },
  };
  return stage;
}
