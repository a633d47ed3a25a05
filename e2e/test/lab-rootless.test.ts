// Labs without privileges: the same program, stripped of every capability, starts again in its own
// namespaces.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const LAB = join(import.meta.dirname, '../lab');

/**
 * Runs a command without capabilities and without the right to regain any, except the one that the kernel
 * requires of user id 0 for mapping itself (any other user may do so without).
 */
function withoutPrivileges(...command: string[]): string {
  const env = { ...process.env, ALIGNED_MESH_LAB_ENTERED: undefined };
  const args = ['--bounding-set', '-all,+setfcap', '--inh-caps', '-all', '--no-new-privs', ...command];
  return execFileSync('setpriv', args, { encoding: 'utf8', env });
}

describe('a lab without privileges', () => {
  it('cannot be made directly: neither network namespaces nor tun devices are allowed', () => {
    expect(() => withoutPrivileges('unshare', '--net', 'true')).toThrow();
    expect(() => withoutPrivileges('ip', 'tuntap', 'add', 'dev', 'tun0', 'mode', 'tun')).toThrow();
  });

  it('works after enterLab, with a WireGuard interface on its host and its arguments intact', () => {
    const program = `
      import { createLab, enterLab } from ${JSON.stringify(join(LAB, 'index.ts'))};
      const { mode } = enterLab();
      const lab = await createLab({ prefix: 'rootless-test', nodes: ['a', 'b'] });
      const ping = await lab.node('a').exec('ping', ['-n', '-c', '2', '-i', '0.05', lab.node('b').address]);
      await lab.node('a').exec('wireguard-go', ['wg0']);
      const shown = await lab.node('a').exec('wg', ['show', 'wg0', 'listen-port']);
      await lab.destroy();
      console.log(JSON.stringify({ mode, arguments: process.argv.slice(1), replies: /(\\d+) received/.exec(ping.stdout)[1], port: shown.stdout.trim() }));`;
    const out = withoutPrivileges(
      process.execPath,
      '--conditions=@mesh/source',
      '--input-type=module',
      '-e',
      program,
      '--',
      'an argument',
      '--flag',
    );
    expect(JSON.parse(out)).toMatchObject({
      mode: 'rootless',
      arguments: ['an argument', '--flag'],
      replies: '2',
      port: expect.stringMatching(/^\d+$/),
    });
  });

  it('is entered for a program that cannot do so itself', () => {
    const enter = [process.execPath, '--conditions=@mesh/source', join(LAB, 'enter-lab-main.ts')];
    const out = withoutPrivileges(
      ...enter,
      'sh',
      '-c',
      'id -u; ip tuntap add dev tun0 mode tun && echo "$0"',
      'made',
    );
    expect(out).toBe('0\nmade\n');
  });
});
