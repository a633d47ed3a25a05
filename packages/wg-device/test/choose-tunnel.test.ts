// Which adapter is chosen, depending on what a host has and lacks.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ChooseTunnelOptions, chooseTunnel } from '../src/choose-tunnel.ts';
import { expectCode } from '../src/contract/expect-tunnel-error.ts';
import { makeUp } from '../src/contract/samples.ts';
import type { RunCommand } from '../src/linux/run-command.ts';
import { TunnelError } from '../src/port/tunnel-error.ts';
import { openUapiTunnel } from './support/adapters.ts';
import { NAME, timers } from './support/fixtures.ts';
import { createLabHost, type LabHost } from './support/lab-host.ts';

describe('chooseTunnel', () => {
  let host: LabHost;
  beforeEach(async () => {
    host = await createLabHost();
  });
  afterEach(async () => {
    await host.close();
  });
  const choose = (overrides: Partial<ChooseTunnelOptions> = {}) =>
    chooseTunnel({
      choice: 'auto',
      interfaceName: NAME,
      run: host.run,
      timers,
      runtimeDir: host.runtimeDir,
      socketDir: host.socketDir,
      writeLine: () => {},
      ...overrides,
    });

  it('takes the kernel if it can make a WireGuard interface, and removes the one that it tried', async () => {
    const commands: string[] = [];
    const run: RunCommand = async (program, args, options) => {
      if (args.includes('mesh-wg-probe00')) {
        commands.push([program, ...args].join(' '));
        return { exitCode: 0, stdout: new Uint8Array(), stderr: '' };
      }
      return await host.run(program, args, options);
    };
    expect((await choose({ run })).kind).toBe('kernel');
    expect(commands).toEqual([
      'ip link add dev mesh-wg-probe00 type wireguard',
      'ip link delete dev mesh-wg-probe00',
    ]);
  });

  it('takes wireguard-go if the kernel refuses', async () => {
    expect((await choose({ run: without('kernel') })).kind).toBe('userspace');
  });

  it('stays with wireguard-go if it already serves the interface, without trying the kernel', async () => {
    await openUapiTunnel(host).up(makeUp());
    const run: RunCommand = async (program, args, options) => {
      if (args.includes('mesh-wg-probe00')) throw new Error('nothing may be tried');
      return await host.run(program, args, options);
    };
    expect((await choose({ run })).kind).toBe('userspace');
  });

  it('says what is missing, and does not fall back to a dry run', async () => {
    const error = await expectCode(
      choose({ run: without('kernel', 'wireguard-go'), tunDevicePath: '/dev/net/missing' }),
      'unavailable',
    );
    expect(error.message).toContain('apt-get install wireguard-go');
    expect(error.message).toContain('/dev/net/missing');
    expect(error.message).toContain('--dry-run');
  });

  it.each(['kernel', 'userspace', 'dry-run'] as const)(
    'obeys an explicit %s without trying anything',
    async (choice) => {
      const run: RunCommand = () => Promise.reject(new Error('nothing may be run'));
      expect((await choose({ choice, run })).kind).toBe(choice);
    },
  );

  it.each([
    '',
    '../etc/passwd',
    '--help',
    'a b',
    'a\nb',
    'mesh0;reboot',
    'all',
    'sixteen-letters-',
    '.',
    'mesh/0',
    'mésh',
  ])('refuses the interface name %j before anything runs', async (interfaceName) => {
    const run: RunCommand = () => Promise.reject(new Error('nothing may be run'));
    await expectCode(choose({ interfaceName, run }), 'invalid_input');
  });

  function without(...missing: string[]): RunCommand {
    return async (program, args, options) => {
      if (missing.includes(program)) throw new TunnelError('unavailable', `${program} is not installed`);
      if (missing.includes('kernel') && args.includes('mesh-wg-probe00')) {
        return { exitCode: 2, stdout: new Uint8Array(), stderr: 'Error: Unknown device type.' };
      }
      return await host.run(program, args, options);
    };
  }
});
