// Overlay addresses, and the endpoints that nodes report, which must not harm others.

import { endpointOf } from '@mesh/membership';
import { parseCidr } from '@mesh/wg';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Mesh } from '../../../../packages/membership/test/support/mesh.ts';
import { AddressPool, parseOverlayNetwork } from '../../src/trust/address-pool.ts';
import { enrolTestNode } from '../support/index.ts';
import { fullConfig, runningMesh } from '../support/running-mesh.ts';

const pool = (...cidrs: string[]) => {
  const taken = new Set<string>();
  const addresses = new AddressPool(cidrs.map(parseOverlayNetwork), (address) => taken.has(address));
  const allocate = (alsoTaken: ReadonlySet<string> = new Set()) =>
    addresses.allocate((address) => taken.has(address) || alsoTaken.has(address));
  return { taken, allocate };
};

describe('the address pool', () => {
  it.each([
    ['10.77.0.0/30', ['10.77.0.1', '10.77.0.2']],
    ['10.77.0.252/30', ['10.77.0.253', '10.77.0.254']],
    ['fd00::/126', ['fd00::1', 'fd00::2', 'fd00::3']],
  ])('%s holds %j: network, broadcast and anycast addresses are reserved', (cidr, expected) => {
    const { taken, allocate } = pool(cidr);
    const given: string[] = [];
    for (let next = allocate(); next !== undefined; next = allocate()) {
      given.push(...next);
      for (const address of next) taken.add(address);
    }
    expect(given).toEqual(expected);
    expect(allocate()).toBeUndefined();
  });

  it('gives one address of each family', () => {
    expect(pool('10.0.255.0/24', 'fd00:1::/64').allocate()).toEqual(['10.0.255.1', 'fd00:1::1']);
  });

  it('gets addresses back from a batch that the disk refused', () => {
    const { taken, allocate } = pool('10.77.0.0/29');
    const batch = new Set<string>();
    for (let at = 0; at < 6; at++) for (const address of allocate(batch) ?? []) batch.add(address);
    expect([batch.size, allocate(batch)]).toEqual([6, undefined]);
    expect(allocate()).toEqual(['10.77.0.1']);
    taken.add('10.77.0.1');
    expect(allocate()).toEqual(['10.77.0.2']);
  });

  it('never gives an address twice, in whatever order batches commit or fail', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 4 }), fc.boolean()), { maxLength: 30 }),
        (batches) => {
          const { taken, allocate } = pool('10.77.0.0/27');
          for (const [size, commits] of batches) {
            const batch = new Set<string>();
            for (let at = 0; at < size; at++) {
              for (const address of allocate(batch) ?? []) {
                expect(taken.has(address) || batch.has(address)).toBe(false);
                batch.add(address);
              }
            }
            if (commits) for (const address of batch) taken.add(address);
          }
          if (taken.size < 30) expect(allocate()).toBeDefined();
        },
      ),
    );
  });

  it.each(['10.77.0.0/31', '10.77.0.0/32', 'fd00::/127', '10.77.0.1/16', 'x', '10.77.0.0'])(
    '%s is refused',
    (cidr) => {
      expect(() => parseOverlayNetwork(cidr)).toThrow();
    },
  );
});

describe('the endpoint that others get', () => {
  const overlay = ['10.77.0.0/16', 'fd77::/64'].map(parseCidr);
  const endpoint = (advertise: string[], observedAddress: string | undefined) =>
    endpointOf(
      {
        ...new Mesh().enrol('node-a'),
        endpoint: { listen_ports: { a: 51_820 }, advertise },
        observedAddress,
      },
      overlay,
    );

  it.each([
    [['192.0.2.1', '192.0.2.2'], '192.0.2.9', '192.0.2.1:51820'],
    [[], '192.0.2.9', '192.0.2.9:51820'],
    [['2001:DB8::1'], undefined, '[2001:db8::1]:51820'],
    [[], undefined, null],
    [['0.0.0.0', '224.0.0.1', '255.255.255.255', '::', 'ff02::1'], '192.0.2.9', '192.0.2.9:51820'],
    [['::ffff:192.0.2.1'], '192.0.2.9', '192.0.2.9:51820'],
    [['192.0.2.1\n[Peer]'], undefined, null],
    [[], 'fe80::1%eth0', null],
    [[], 'unknown', null],
    // its own overlay address, another node's, and a service on the reader's own host or link
    [['10.77.0.1', '10.77.255.254', 'fd77::1'], '192.0.2.9', '192.0.2.9:51820'],
    [['127.0.0.1', '::1', '169.254.169.254', 'fe80::1', '240.0.0.1'], '192.0.2.9', '192.0.2.9:51820'],
    [['10.77.0.1', '192.0.2.1'], '192.0.2.9', '192.0.2.1:51820'],
    [['10.77.0.1'], '10.77.0.1', null],
    [[], '127.0.0.1', null],
  ])('of %j, seen at %s, is %s', (advertise, observed, expected) => {
    expect(endpoint(advertise, observed)).toBe(expected);
  });

  it('that cannot be used does not keep a node from its config', async () => {
    await using mesh = await runningMesh(['node-a']);
    const odd = await enrolTestNode(mesh.controller, 'node-odd', {
      advertise: ['::', '10.77.0.1', '127.0.0.1'],
    });
    await odd.submit(0.9);
    await mesh.node('node-a').submit(0.9);
    await mesh.controller.admin.rotate();
    const { peers } = await fullConfig(mesh.node('node-a'));
    expect(peers).toMatchObject([{ node_id: 'node-odd', endpoint: null }]);
    odd.close();
  });
});
