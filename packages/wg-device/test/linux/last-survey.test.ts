// A look at routes that have not changed asks the kernel for no peer's route again.

import { type Cidr, type InterfaceName, parseAllowedIp, parseCidr } from '@mesh/wg';
import { describe, expect, it } from 'vitest';
import { createIpOverlayRoutes } from '../../src/linux/ip-overlay-routes.ts';
import type { RunCommand } from '../../src/linux/run-command.ts';

const NAME = 'mesh0' as InterfaceName;
const NETWORK = parseCidr('10.88.0.0/16');
const OWN = [parseAllowedIp('10.88.0.1')];
const PEER = parseAllowedIp('10.88.0.2');
const OTHER = parseAllowedIp('10.88.0.3');

const ROUTES = `${[
  { dst: '10.88.0.0/16', dev: NAME },
  { dst: '10.88.0.2', dev: NAME, protocol: '119' },
  { dst: '10.88.0.3', dev: NAME, protocol: '119' },
].map((route) => JSON.stringify(route))}`;
const TEXT = '0: from all lookup local\n10.88.0.2 dev mesh0 proto 119\n2: eth0 inet 10.1.0.2/24\n';

/** A host whose peers have their routes. `text` is what rules, routes and addresses show. */
function host(text: () => string, exitCode: () => number = () => 0) {
  let asked = 0;
  const run: RunCommand = async (_program, args, options = {}) => {
    const answer = (stdout: string, code = 0) => ({
      exitCode: code,
      stdout: new TextEncoder().encode(stdout),
      stderr: '',
    });
    const stdin = options.stdin ?? '';
    if (stdin.startsWith('rule show')) return answer(text(), exitCode());
    if (stdin.startsWith('route get')) {
      asked += 1;
      const lines = stdin.trim().split('\n');
      return answer(lines.map((line) => `[{"dst":"${line.split(' ')[2]}","dev":"tun9"}]\n`).join(''));
    }
    if (stdin.startsWith('route delete')) return answer('');
    if (stdin.startsWith('route show')) return answer(`[${ROUTES}]\n[]\n`);
    throw new Error(`ip ${args.join(' ')}: ${stdin}`);
  };
  const routes = createIpOverlayRoutes({ run, networks: [NETWORK], interfaceNames: [NAME] });
  const look = (blocks: readonly Cidr[] = [PEER, OTHER], own: readonly Cidr[] = OWN) =>
    routes.look({ interfaceName: NAME, blocks, own });
  return { look, asked: () => asked };
}

describe('the last look', () => {
  it('counts while rules, routes, addresses and peers are the same', async () => {
    const { look, asked } = host(() => TEXT);
    const first = await look();
    expect(first.strays).toHaveLength(4);
    expect(await look()).toBe(first);
    expect(asked()).toBe(1);
  });

  it.each([
    ['a rule', `${TEXT}100: from all to 10.88.0.2 lookup 7\n`],
    ['a route of another table', `${TEXT}10.88.0.2 dev tun9 table 7\n`],
    ['an address', TEXT.replace('10.1.0.2/24', '10.88.0.2/24')],
    ['a device that a route uses', TEXT.replace('proto 119', 'proto 119 linkdown')],
  ])('does not count after a change of %s', async (_, changed) => {
    let text = TEXT;
    const { look, asked } = host(() => text);
    await look();
    text = changed;
    await look();
    expect(asked()).toBe(2);
  });

  it('counts although the lifetimes of addresses and routes run down', async () => {
    let left = 3_600;
    const { look, asked } = host(
      () => `${TEXT}valid_lft ${left}sec preferred_lft ${left}sec\ndefault via fe80::1 expires ${left}sec\n`,
    );
    await look();
    left -= 30;
    await look();
    expect(asked()).toBe(1);
  });

  it('does not count for other peers, nor for other addresses of this host', async () => {
    const { look, asked } = host(() => TEXT);
    await look();
    await look([PEER]);
    await look([PEER], []);
    expect(asked()).toBe(3);
  });

  it('does not count where the host does not answer for its rules', async () => {
    const { look, asked } = host(
      () => TEXT,
      () => 2,
    );
    await look();
    await look();
    expect(asked()).toBe(2);
  });

  it('counts ten times, and then the kernel is asked all the same', async () => {
    const { look, asked } = host(() => TEXT);
    for (let looks = 0; looks < 11; looks++) await look();
    expect(asked()).toBe(1);
    await look();
    expect(asked()).toBe(2);
  });
});
