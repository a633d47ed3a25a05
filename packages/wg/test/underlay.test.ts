import { describe, expect, it } from 'vitest';
import { isUsableUnderlay, parseCidr, parseIpAddress } from '../src/index.ts';

const OVERLAY = ['10.77.0.0/16', 'fd77:1::/64'].map(parseCidr);
const isUsable = (address: string, overlay = OVERLAY) => isUsableUnderlay(parseIpAddress(address), overlay);

describe('an address of the underlay', () => {
  it.each([
    ['this host', '0.0.0.0', '0.255.255.255'],
    ['loopback', '127.0.0.1', '127.255.255.255'],
    ['link-local', '169.254.0.0', '169.254.169.254'],
    ['multicast', '224.0.0.1', '239.255.255.255'],
    ['class E and broadcast', '240.0.0.0', '255.255.255.255'],
    ['unspecified and loopback, v6', '::', '::1'],
    ['IPv4-compatible', '::7f00:1', '::a9fe:a9fe'],
    ['link-local, v6', 'fe80::1', 'febf::1'],
    ['multicast, v6', 'ff00::', 'ff02::1'],
    ['the overlay itself', '10.77.0.0', '10.77.255.255'],
    ['the overlay itself, v6', 'fd77:1::', 'fd77:1::ffff:ffff:ffff:ffff'],
  ])('is not one of %s', (_what, first, last) => {
    expect([isUsable(first), isUsable(last)]).toEqual([false, false]);
  });

  it.each([
    '1.0.0.0',
    '126.255.255.255',
    '128.0.0.0',
    '169.253.255.255',
    '169.255.0.0',
    '223.255.255.255',
    '10.76.255.255',
    '10.78.0.0',
    '192.168.1.1',
    '2001:db8::1',
    'fe7f::1',
    'fec0::1',
    'fd77:1:0:1::',
  ])('may be %s', (address) => {
    expect(isUsable(address)).toBe(true);
  });

  it('is judged only by the networks of this mesh', () => {
    expect(isUsable('10.77.0.1', [])).toBe(true);
    expect(isUsable('10.77.0.1', [parseCidr('0.0.0.0/0')])).toBe(false);
    expect(isUsable('2001:db8::1', [parseCidr('0.0.0.0/0')])).toBe(true);
  });
});
