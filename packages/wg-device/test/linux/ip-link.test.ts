// Addresses and routes on a real device, next to those of another device; and the arithmetic of address
// blocks.
import { type Cidr, cidrCovers, isHostCidr, parseAllowedIp, parseCidr } from '@mesh/wg';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { expectCode } from '../../src/contract/expect-tunnel-error.ts';
import { createIpLink } from '../../src/linux/ip-link.ts';
import { runOrThrow } from '../../src/linux/run-command.ts';
import { createLabHost, type LabHost } from '../support/lab-host.ts';

describe('ip-link', () => {
  let host: LabHost;
  beforeEach(async () => {
    host = await createLabHost();
    await runOrThrow(host.run, 'ip', ['link', 'add', 'mesh0', 'type', 'veth', 'peer', 'name', 'other0']);
    await runOrThrow(host.run, 'ip', ['link', 'set', 'other0', 'up']);
  });
  afterEach(async () => {
    await host.close();
  });
  const settings = {
    addresses: [parseCidr('10.44.0.1/32'), parseCidr('fd44::1/128')],
    mtu: 1400,
    routes: [],
  };

  it('reads undefined for a missing device and refuses to set it up', async () => {
    expect(await createIpLink(host.run, 'mesh9').read()).toBeUndefined();
    await expectCode(createIpLink(host.run, 'mesh9').ensure(settings), 'not_up');
  });

  it('sets the MTU, the addresses and the state up once', async () => {
    const link = createIpLink(host.run, 'mesh0');
    expect(await link.ensure(settings)).toEqual({
      addressesAdded: settings.addresses,
      routesAdded: [],
      mtuChanged: true,
      wasDown: true,
    });
    expect(await link.ensure(settings)).toEqual({
      addressesAdded: [],
      routesAdded: [],
      mtuChanged: false,
      wasDown: false,
    });
    const state = await link.read();
    expect(state).toMatchObject({ kind: 'veth', mtu: 1400, isUp: true });
    expect(state?.addresses).toEqual(expect.arrayContaining(settings.addresses));
  });

  it('adds each missing route once, even if a wider route of the interface covers it', async () => {
    const link = createIpLink(host.run, 'mesh0');
    const ensure = async (routes: readonly Cidr[]) =>
      (await link.ensure({ ...settings, routes })).routesAdded;
    const block = parseCidr('10.44.0.0/16');
    expect(await ensure([block])).toEqual([block]);
    const wanted = ['10.44.3.3/32', '10.45.0.0/24', 'fd45::/64', 'fd45::9/128'].map(parseCidr);
    expect(await ensure([block, ...wanted])).toEqual(wanted);
    expect(await ensure([block, ...wanted])).toEqual([]);
  });

  it('refuses a block that is routed to another device, and leaves the routes as they were', async () => {
    await runOrThrow(host.run, 'ip', ['route', 'add', '10.46.0.0/16', 'dev', 'other0']);
    const link = createIpLink(host.run, 'mesh0');
    await link.ensure(settings);
    const before = await runOrThrow(host.run, 'ip', ['route', 'show']);
    const error = await expectCode(
      link.ensure({ ...settings, routes: [parseCidr('10.47.0.0/16'), parseCidr('10.46.0.0/16')] }),
      'route_conflict',
    );
    expect(error.message).toContain('other0');
    expect(await runOrThrow(host.run, 'ip', ['route', 'show'])).toEqual(before);
  });
});

describe('cidrCovers', () => {
  it.each([
    ['10.44.0.0/16', '10.44.255.255/32', true],
    ['10.44.0.0/16', '10.45.0.0/32', false],
    ['10.44.0.0/17', '10.44.128.0/32', false],
    ['10.44.0.0/17', '10.44.127.255/32', true],
    ['10.44.0.0/24', '10.44.0.0/23', false],
    ['0.0.0.0/0', '::/0', false],
    ['::/0', 'fd44::1/128', true],
    ['fd44::/63', 'fd44:0:0:1::/64', true],
    ['fd44::/64', 'fd44:0:0:1::/64', false],
  ])('%s over %s is %s', (outer, inner, expected) => {
    expect(cidrCovers(parseCidr(outer), parseCidr(inner))).toBe(expected);
  });

  it('is true for a block with a shorter prefix, and in both directions only for equal blocks', () => {
    const cidr = fc
      .tuple(fc.oneof(fc.ipV4(), fc.ipV6()), fc.integer({ min: 0, max: 128 }))
      .filter(([address]) => !/^::ffff:|\d+\.\d+.*:|:.*\d+\.\d+/i.test(address))
      .map(
        ([address, length]): Cidr =>
          parseAllowedIp(`${address}/${address.includes(':') ? length : length % 33}`),
      );
    fc.assert(
      fc.property(cidr, cidr, fc.nat(), (a, b, cut) => {
        const [address = '', length = '0'] = a.split('/');
        const wider = parseAllowedIp(`${address}/${cut % (Number(length) + 1)}`);
        expect(cidrCovers(wider, a)).toBe(true);
        expect(cidrCovers(a, b) && cidrCovers(b, a)).toBe(a === b);
      }),
    );
  });

  it('tells one address from a block', () => {
    expect(
      ['10.0.0.1/32', 'fd44::1/128', '10.0.0.0/31', 'fd44::/127'].map((text) => isHostCidr(parseCidr(text))),
    ).toEqual([true, true, false, false]);
  });
});
