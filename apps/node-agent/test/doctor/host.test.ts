// The checks of `mesh-agent doctor` that look at the host's network, on a real host of its own.

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { systemTimers } from '@mesh/host';
import { parseCidr, parseIpAddress } from '@mesh/wg';
import { createRunCommand, findCollisions, type RunCommand, runOrThrow, TunnelError } from '@mesh/wg-device';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLabHost, type LabHost } from '../../../../packages/wg-device/test/support/lab-host.ts';
import { checkNftables } from '../../src/doctor/check-nftables.ts';
import { checkOverlay } from '../../src/doctor/check-overlay.ts';
import { checkPorts } from '../../src/doctor/check-ports.ts';
import { checkRoutes } from '../../src/doctor/check-routes.ts';
import { checkWireguard, findTunnel } from '../../src/doctor/check-wireguard.ts';

const NETWORKS = ['10.44.0.0/16', 'fd44::/64'].map(parseCidr);
const OURS = new Set(['mesh0', 'mesh0-a', 'mesh0-b']);
const CONTROLLER = parseIpAddress('192.0.2.9');

let host: LabHost;
const ip = (...args: readonly string[]) => runOrThrow(host.run, 'ip', args);
const addDummy = async (name: string, ...addresses: readonly string[]) => {
  await ip('link', 'add', name, 'type', 'veth', 'peer', 'name', `${name}-far`);
  await ip('link', 'set', name, 'up');
  await ip('link', 'set', `${name}-far`, 'up');
  for (const address of addresses) await ip('address', 'add', address, 'dev', name);
};
const without =
  (...missing: readonly string[]): RunCommand =>
  (program, args, options) =>
    missing.includes(program)
      ? Promise.reject(
          new TunnelError('unavailable', `${program} is not installed or not on PATH: install it`),
        )
      : host.run(program, args, options);

beforeEach(async () => {
  host = await createLabHost();
});
afterEach(() => host.close());

describe('WireGuard', () => {
  const find = (run: RunCommand) =>
    findTunnel({
      run,
      interfaceName: 'mesh0',
      timers: systemTimers,
      runtimeDir: host.runtimeDir,
      socketDir: host.socketDir,
      writeLine: () => undefined,
    });

  it('is found on this host', async () => {
    const found = await find(host.run);
    expect(await checkWireguard({ choice: 'auto', found, run: host.run })).toMatchObject({ outcome: 'ok' });
  });

  it('that is missing is reported with what to install', async () => {
    const run = without('wg', 'wireguard-go');
    const found = await find(run);
    expect(await checkWireguard({ choice: 'auto', found, run })).toMatchObject({
      outcome: 'failed',
      message: expect.stringMatching(/apt-get install wireguard-go/),
    });
    await expect(checkWireguard({ choice: 'userspace', found, run })).rejects.toThrow(
      /wireguard-go is not installed/,
    );
  });

  it('of the kernel is asked for and missing', async () => {
    const run = host.run;
    expect(await checkWireguard({ choice: 'kernel', found: 'userspace', run })).toMatchObject({
      outcome: 'failed',
      message: expect.stringMatching(/modprobe wireguard/),
    });
    expect(await checkWireguard({ choice: 'dry-run', found: 'userspace', run })).toMatchObject({
      outcome: 'skipped',
    });
  });
});

describe('the ports', () => {
  it.each(['udp4', 'udp6'] as const)('are reported if another program has one (%s)', async (type) => {
    const other = createSocket({ type, ipv6Only: type === 'udp6' });
    other.bind(0);
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const ports = [{ setting: 'listen_port', port }];
    expect(await checkPorts({ ports, ours: new Set() })).toMatchObject({
      outcome: 'failed',
      message: expect.stringMatching(new RegExp(`port ${port} \\(listen_port\\).*ss -lunp`)),
    });
    expect(await checkPorts({ ports, ours: new Set([port]) })).toMatchObject({ outcome: 'ok' });
    other.close();
    await once(other, 'close');
    expect(await checkPorts({ ports, ours: new Set() })).toMatchObject({ outcome: 'ok' });
  });
});

describe('the routes', () => {
  const look = (addresses = [CONTROLLER]) =>
    checkRoutes({ addresses, networks: NETWORKS, ours: OURS, run: host.run });

  it('to the controller are fine over the underlay', async () => {
    await addDummy('eth0', '192.0.2.1/24');
    expect(await look()).toMatchObject({ outcome: 'ok', message: expect.stringMatching(/by eth0/) });
  });

  it('that are missing, or lead into the overlay, are reported', async () => {
    expect(await look()).toMatchObject({ outcome: 'failed', message: expect.stringMatching(/no route/) });
    await addDummy('mesh0', '192.0.2.1/24');
    expect(await look()).toMatchObject({
      outcome: 'failed',
      message: expect.stringMatching(/into the overlay \(mesh0\)/),
    });
  });

  it('cannot lead to a controller within the overlay', async () => {
    const inside = parseIpAddress('10.44.0.9');
    expect(await look([inside])).toMatchObject({
      outcome: 'failed',
      message: expect.stringMatching(/lies in the overlay/),
    });
    await addDummy('eth0', '192.0.2.1/24');
    expect(await look([inside, CONTROLLER])).toMatchObject({ outcome: 'ok' });
  });
});

describe('the overlay', () => {
  const look = async (onOverlap: 'host-routes' | 'refuse' = 'host-routes') =>
    checkOverlay({
      networks: NETWORKS,
      foreign: await findCollisions(host.run, { networks: NETWORKS, ours: OURS }),
      onOverlap,
    });

  it('collides with nothing on a plain host: not with default routes, halves, or its own interfaces', async () => {
    await addDummy('eth0', '192.0.2.1/24');
    await ip('route', 'add', 'default', 'via', '192.0.2.254');
    await ip('route', 'add', '0.0.0.0/1', 'dev', 'eth0');
    await addDummy('mesh0', '10.44.0.1/32');
    await ip('route', 'add', '10.44.0.0/16', 'dev', 'mesh0');
    expect(await look()).toMatchObject({ outcome: 'ok' });
  });

  it('collides with a bridge within it', async () => {
    await addDummy('br0', '10.44.7.1/24');
    expect(await look()).toMatchObject({
      outcome: 'warning',
      message: expect.stringMatching(/address 10.44.7.1\/24 on br0 lies within the overlay.*another block/),
    });
    expect(await look('refuse')).toMatchObject({
      outcome: 'failed',
      message: expect.stringMatching(/no peer is let on/),
    });
  });

  it('collides with a network that contains it', async () => {
    await addDummy('eth0', '10.1.2.3/8');
    expect(await look()).toMatchObject({
      outcome: 'warning',
      message: expect.stringMatching(/address 10.1.2.3\/8 on eth0 contains the overlay/),
    });
  });

  it.each([
    ['10.44.0.0/16', []],
    ['fd44::/64', ['fd00::1/64']],
  ])('collides with a route to %s, which the agent refuses', async (network, addresses) => {
    await addDummy('vpn0', ...addresses);
    await ip('route', 'add', network, 'dev', 'vpn0');
    expect(await look()).toMatchObject({
      outcome: 'failed',
      message: expect.stringMatching(/already routed to vpn0.*route_conflict/),
    });
  });

  it('is not known before enrolment', () => {
    expect(checkOverlay({ networks: [], foreign: [], onOverlap: 'refuse' }).outcome).toBe('skipped');
  });
});

describe('nftables', () => {
  const look = (run: RunCommand, mode: 'auto' | 'nftables' | 'insecure-off' = 'auto') =>
    checkNftables({ mode, forwarding: 'drop', interfaceName: 'mesh0', runtimeDir: host.runtimeDir, run });

  it('take the guard, and keep nothing of the trial', async () => {
    expect(await look(host.run)).toMatchObject({ outcome: 'ok' });
    expect(new TextDecoder().decode(await runOrThrow(host.run, 'nft', ['list', 'tables']))).toBe('');
  });

  it('that are missing or not allowed are a warning, and a failure if they are asked for', async () => {
    const powerless = createRunCommand([
      ...host.enter,
      'setpriv',
      '--bounding-set=-net_admin',
      '--inh-caps=-net_admin',
    ]);
    for (const run of [without('nft'), powerless]) {
      expect(await look(run)).toMatchObject({
        outcome: 'warning',
        message: expect.stringMatching(/install nftables/),
      });
      expect(await look(run, 'nftables')).toMatchObject({ outcome: 'failed' });
    }
  });

  it('that are switched off are a warning', async () => {
    expect(await look(host.run, 'insecure-off')).toMatchObject({
      outcome: 'warning',
      message: expect.stringMatching(/insecure-off/),
    });
  });
});
