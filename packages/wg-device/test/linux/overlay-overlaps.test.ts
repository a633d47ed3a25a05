// What a host's other routes, addresses and rules do to the peers' traffic, on a real kernel.

import { spawn } from 'node:child_process';
import { waitUntil } from '@mesh/host/test-kit';
import { parseAllowedIp } from '@mesh/wg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { expectCode } from '../../src/contract/expect-tunnel-error.ts';
import { createIpOverlayRoutes } from '../../src/linux/ip-overlay-routes.ts';
import {
  A,
  B,
  createOverlapLab,
  FAMILIES,
  type FamilyLab,
  NETWORKS,
  type OverlapLab,
  OWN,
} from '../support/overlap-lab.ts';

let lab: OverlapLab;
beforeEach(async () => {
  lab = await createOverlapLab();
  await lab.routes.switchTo(A);
});
afterEach(async () => {
  await lab.host.close();
});

/**
 * Records the kernel's route changes. The returned function ends the record and gives the changes of some
 * blocks.
 */
async function monitorRoutes({ option, everything }: FamilyLab) {
  const [program, ...enter] = lab.host.enter;
  const monitor = spawn(program, [...enter, 'ip', option, '-o', 'monitor', 'route'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let log = '';
  monitor.stdout.on('data', (chunk: Buffer) => {
    log += chunk.toString();
  });
  const change = (what: string, block: string) => lab.ip(option, 'route', what, block, 'dev', 'br0');
  await waitUntil('the monitor listens', async () => {
    await change('replace', everything[0]);
    await change('delete', everything[0]);
    return log !== '';
  });
  return async (blocks: readonly string[]) => {
    await change('replace', everything[1]);
    await waitUntil('the last change', () => log.includes(everything[1]));
    monitor.kill();
    return log.split('\n').filter((line) => blocks.some((block) => line.includes(`${block} dev`)));
  };
}

const families = Object.entries(FAMILIES) as [string, FamilyLab][];

describe.each(families)('a peer of %s', (_, family) => {
  const { option, network, own, peer, other, foreign, subnet, halves, everything } = family;
  const route = (...args: readonly string[]) => lab.ip(option, 'route', ...args);
  const bits = option === '-4' ? 32 : 128;

  it.each<[string, readonly object[], () => Promise<unknown>]>([
    [
      'an address with a subnet within the overlay',
      [{ kind: 'address', prefix: `${foreign}/${subnet.split('/')[1]}`, interfaceName: 'br0' }],
      () => lab.giveAddress(`${foreign}/${subnet.split('/')[1]}`),
    ],
    [
      'an address with exactly the network',
      [{ kind: 'address', prefix: `${foreign}/${network.split('/')[1]}`, interfaceName: 'br0' }],
      () => lab.giveAddress(`${foreign}/${network.split('/')[1]}`),
    ],
    [
      'a narrower route',
      [{ kind: 'route', prefix: subnet, interfaceName: 'br0' }],
      () => route('add', subnet, 'dev', 'br0'),
    ],
    [
      'two routes, each for half of the network',
      halves.map((prefix) => ({ kind: 'route', prefix: parseAllowedIp(prefix), interfaceName: 'br0' })),
      async () => {
        for (const half of halves) await route('add', half, 'dev', 'br0');
      },
    ],
    [
      'a blackhole',
      [{ kind: 'route', prefix: subnet, interfaceName: option === '-4' ? undefined : 'lo' }],
      () => route('add', 'blackhole', subnet),
    ],
    [
      'a route to exactly that peer with the metric of the kernel’s own IPv6 routes',
      [{ kind: 'route', prefix: `${peer}/${bits}`, interfaceName: 'br0' }],
      () => route('add', peer, 'dev', 'br0', 'metric', '256'),
    ],
    ['a default route', [], () => route('add', 'default', 'dev', 'br0')],
    [
      'a pair of /1',
      [],
      async () => {
        for (const half of everything) await route('add', half, 'dev', 'br0');
      },
    ],
  ])('stays in the tunnel from the first moment in spite of %s', async (_what, expected, intrude) => {
    await lab.look([peer]);
    await intrude();
    // `look` was not called yet.
    expect(await lab.wayTo(peer)).toBe(A);
    expect(await lab.wayTo(peer, 'from', own)).toBe(A);
    const { foreign: found, strays } = await lab.look([peer, other]);
    expect(found).toMatchObject(expected);
    expect(found).toHaveLength(expected.length);
    expect(strays).toEqual([]);
    // The peer that was added later stays in the tunnel too.
    expect(await lab.wayTo(other)).toBe(A);
  });

  it('gets its own route even if the other program’s address was there first', async () => {
    await lab.giveAddress(`${foreign}/${subnet.split('/')[1]}`);
    expect(await lab.wayTo(peer)).toBe('br0');
    expect(await lab.look([peer])).toMatchObject({ foreign: [{ kind: 'address' }], strays: [] });
    expect(await lab.wayTo(peer)).toBe(A);
    expect(await lab.wayTo(other)).toBe('br0');
  });

  it('has no foreign route any more when that route is gone', async () => {
    await route('add', subnet, 'dev', 'br0');
    expect((await lab.look([peer])).foreign).toHaveLength(1);
    await route('delete', subnet, 'dev', 'br0');
    expect(await lab.look([peer])).toEqual({ foreign: [], strays: [] });
  });

  it('that leaves loses its route, but not while its packets would go to another program’s interface', async () => {
    const routed = async () => (await route('show', 'dev', A, 'proto', '119')).match(/\S+:\S+|10\.\S+/g);
    await lab.look([peer, other]);
    await lab.look([other]);
    expect(await routed()).toEqual([other]);
    await lab.look([peer, other]);
    await route('add', subnet, 'dev', 'br0');
    await lab.look([other]);
    expect(await lab.wayTo(peer)).toBe(A);
    await route('delete', subnet, 'dev', 'br0');
    await lab.look([other]);
    expect(await routed()).toEqual([other]);
  });

  it('whose address this host has itself is reported as a stray', async () => {
    await lab.giveAddress(`${peer}/${subnet.split('/')[1]}`);
    const { strays } = await lab.look([peer, other]);
    expect(new Set(strays.map(({ address }) => address))).toEqual(new Set([`${peer}/${bits}`]));
    expect(strays).toMatchObject([{ interfaceName: 'lo' }, { interfaceName: 'lo' }]);
  });

  it('whose own route another program has replaced is reported as a stray, and that route is left alone', async () => {
    const metric = option === '-4' ? [] : ['metric', '1'];
    await lab.look([peer, other]);
    await route('replace', peer, 'dev', 'br0', ...metric);
    const { strays } = await lab.look([peer, other]);
    expect(new Set(strays.map(({ address }) => address))).toEqual(new Set([`${peer}/${bits}`]));
    await lab.routes.switchTo(B);
    expect(await lab.wayTo(peer)).toBe('br0');
    expect(await lab.wayTo(other)).toBe(B);
    await route('delete', peer, 'dev', 'br0');
    expect((await lab.look([peer, other])).strays).toEqual([]);
    expect(await lab.wayTo(peer)).toBe(B);
  });

  it.each<[string, string | undefined, readonly string[]]>([
    ['for the overlay', undefined, ['to', network]],
    ['for everything', undefined, ['from', 'all']],
    ['for packets from this host', own, ['from', own]],
  ])('is reported as a stray if a rule selects another table %s', async (_what, source, selector) => {
    await lab.look([peer]);
    await route('add', 'default', 'dev', 'br0', 'table', '100');
    await lab.ip(option, 'rule', 'add', 'priority', '100', ...selector, 'lookup', '100');
    expect(await lab.wayTo(peer, ...(source === undefined ? [] : ['from', source]))).toBe('br0');
    const { strays } = await lab.look([peer]);
    const astray = { address: parseAllowedIp(peer), interfaceName: 'br0', table: '100' };
    expect(strays).toEqual(source === undefined ? [astray, astray] : [astray]);
    await lab.ip(option, 'rule', 'delete', 'priority', '100');
    expect((await lab.look([peer])).strays).toEqual([]);
  });

  it('to which the kernel would send nothing is not a stray', async () => {
    await lab.ip(option, 'rule', 'add', 'priority', '100', 'to', peer, 'prohibit');
    expect((await lab.look([peer, other])).strays).toEqual([]);
  });

  it('moves with the overlay from one interface to the other, and never lacks a route meanwhile', async () => {
    await lab.giveAddress(`${foreign}/${subnet.split('/')[1]}`);
    await lab.look([peer, other]);
    const changesOf = await monitorRoutes(family);
    for (const name of [B, A, B]) {
      await lab.routes.switchTo(name);
      expect(await lab.routes.read()).toBe(name);
      for (const address of [peer, other]) expect(await lab.wayTo(address)).toBe(name);
      // A look in between changes nothing, for either interface.
      await lab.look([peer, other], A);
      expect(await lab.wayTo(peer)).toBe(name);
    }
    const changes = await changesOf([peer, network]);
    expect(changes.length).toBeGreaterThanOrEqual(6);
    expect(changes.filter((line) => line.startsWith('Deleted'))).toEqual([]);
  });
});

describe('diverted blocks', () => {
  it('go to the other interface one by one, and back, while the rest stays', async () => {
    const look = (diverted: readonly string[]) =>
      lab.routes.look({
        interfaceName: A,
        blocks: ['10.44.0.5', '10.44.0.6', 'fd44::5'].map(parseAllowedIp),
        ...(diverted.length === 0
          ? {}
          : { diverted: { interfaceName: B, blocks: diverted.map(parseAllowedIp) } }),
        own: OWN,
      });
    const ways = () => Promise.all(['10.44.0.5', '10.44.0.6', 'fd44::5'].map((peer) => lab.wayTo(peer)));
    await look([]);
    expect(await ways()).toEqual([A, A, A]);
    const end = await monitorRoutes(FAMILIES.IPv4);
    expect(await look(['10.44.0.5', 'fd44::5'])).toEqual({ foreign: [], strays: [] });
    expect(await ways()).toEqual([B, A, B]);
    expect(await look(['10.44.0.6'])).toEqual({ foreign: [], strays: [] });
    expect(await ways()).toEqual([A, B, A]);
    await look([]);
    expect(await ways()).toEqual([A, A, A]);
    // Each move is one step: at no instant is there no route.
    expect((await end(['10.44.0.5'])).filter((line) => line.startsWith('Deleted'))).toEqual([]);
  });
});

describe('the overlay’s routes', () => {
  it('move although another program has a route within one of them', async () => {
    await lab.look(['10.44.0.5', 'fd44::5']);
    await lab.giveAddress('10.44.0.200/16');
    await lab.giveAddress('fd44::200/64');
    await lab.routes.switchTo(B);
    expect(await lab.routes.read()).toBe(B);
    for (const address of ['10.44.0.5', 'fd44::5']) expect(await lab.wayTo(address)).toBe(B);
  });

  it('are not taken back from a program that replaced one, and the peers move to the new interface all the same', async () => {
    await lab.look(['10.44.0.5', 'fd44::5']);
    await lab.ip('route', 'replace', '10.44.0.0/16', 'dev', 'br0');
    await expectCode(lab.routes.switchTo(B), 'route_conflict');
    for (const address of ['10.44.0.5', 'fd44::5']) expect(await lab.wayTo(address)).toBe(B);
    expect(await lab.wayTo('10.44.0.9')).toBe('br0');
  });

  it('do not replace the route that another program has put before one of them', async () => {
    await lab.ip('route', 'prepend', '10.44.0.0/16', 'dev', 'br0');
    await expectCode(lab.routes.switchTo(B), 'route_conflict');
    expect(await lab.wayTo('10.44.0.9')).toBe('br0');
  });

  it('overlap with an address and with another interface’s route to the same subnet: both are reported', async () => {
    await lab.giveAddress('10.44.0.200/24');
    await lab.ip('route', 'add', '10.44.0.0/24', 'dev', 'far0', 'metric', '50');
    expect((await lab.look(['10.44.0.5'])).foreign).toMatchObject([
      { kind: 'address', prefix: '10.44.0.200/24', interfaceName: 'br0' },
      { kind: 'route', prefix: '10.44.0.0/24', interfaceName: 'far0' },
    ]);
  });

  it('move without a peer’s route while another program’s route precedes it, and with it afterwards', async () => {
    await lab.look(['10.44.0.5']);
    await lab.ip('route', 'prepend', '10.44.0.5', 'dev', 'br0');
    await lab.routes.switchTo(B);
    expect(await lab.wayTo('10.44.0.5')).toBe('br0');
    expect((await lab.look(['10.44.0.5'])).strays).not.toEqual([]);
    await lab.ip('route', 'delete', '10.44.0.5', 'dev', 'br0');
    expect((await lab.look(['10.44.0.5'])).strays).toEqual([]);
    expect(await lab.wayTo('10.44.0.5')).toBe(B);
  });

  it('and those of the peers disappear with the interfaces', async () => {
    await lab.look(['10.44.0.5', 'fd44::5']);
    await lab.routes.switchTo(B);
    for (const name of [A, B]) await lab.ip('link', 'delete', name);
    for (const family of ['-4', '-6']) expect(await lab.ip(family, 'route', 'show')).not.toMatch(/44/);
  });

  it('reach a peer inside another program’s subnet, but not a peer with the broadcast address of that subnet', async () => {
    await lab.giveAddress('10.44.0.200/24');
    await lab.ip('address', 'add', '10.44.1.200/24', 'broadcast', '10.44.1.255', 'dev', 'br0');
    const { strays } = await lab.look(['10.44.1.254', '10.44.1.255']);
    expect(new Set(strays.map(({ address }) => address))).toEqual(new Set(['10.44.1.255/32']));
  });

  it('do not overlap with the host’s own overlay address on another interface', async () => {
    await lab.ip('address', 'add', '10.44.0.1/32', 'dev', 'lo');
    expect((await lab.look(['10.44.0.5'])).foreign).toEqual([]);
  });

  it('keep the route to a network behind a peer that left: its packets would take the default route', async () => {
    await lab.look(['10.50.0.5']);
    await lab.look([]);
    expect(await lab.wayTo('10.50.0.5')).toBe(A);
  });

  it.each([
    ['nothing', { exitCode: 0, stderr: '' }, 'unexpected_answer'],
    ['that it lacks the right', { exitCode: 1, stderr: 'ip: operation not permitted' }, 'permission_denied'],
  ] as const)('are not reported as good if `ip route get` says %s', async (_, answer, code) => {
    const routes = createIpOverlayRoutes({
      run: async (program, args, options) =>
        args.includes('-force')
          ? { ...answer, stdout: new Uint8Array() }
          : await lab.host.run(program, args, options),
      networks: NETWORKS,
      interfaceNames: [A, B],
    });
    const blocks = [parseAllowedIp('10.44.0.5')];
    await expectCode(routes.look({ interfaceName: A, blocks, own: OWN }), code);
  });

  it('refuse a value that is not a block, and an interface that is not the caller’s', async () => {
    const look = (interfaceName: string, block: string) =>
      lab.routes.look({ interfaceName, blocks: [block as never], own: OWN });
    await expectCode(look(A, '10.44.0.5/32 dev br0\nlink delete dev lo'), 'invalid_input');
    await expectCode(look('br0', '10.44.0.5/32'), 'invalid_input');
  });

  it('need only a few processes to look after a thousand peers', async () => {
    const peers = Array.from({ length: 1_000 }, (_, at) => at + 2).flatMap((n) => [
      `10.44.${n >> 8}.${n & 255}`,
      `fd44::${n.toString(16)}`,
    ]);
    let processes = 0;
    const { run } = lab.host;
    const routes = createIpOverlayRoutes({
      run: (...call) => {
        processes += 1;
        return run(...call);
      },
      networks: NETWORKS,
      interfaceNames: [A, B],
    });
    const look = () => routes.look({ interfaceName: A, blocks: peers.map(parseAllowedIp), own: OWN });
    expect(await look()).toEqual({ foreign: [], strays: [] });
    expect(processes).toBe(8);
    processes = 0;
    expect(await look()).toEqual({ foreign: [], strays: [] });
    expect(processes).toBe(2);
    processes = 0;
    await routes.switchTo(B);
    expect(processes).toBe(6);
    expect(await lab.wayTo('10.44.3.200')).toBe(B);
  });
});
