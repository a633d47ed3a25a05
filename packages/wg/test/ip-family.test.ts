import { isIP } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  cidrAddress,
  formatIpBytes,
  IP_ADDRESS_BITS,
  IP_FAMILIES,
  ipFamily,
  isHostCidr,
  isIpAddress,
  joinHostPort,
  parseAllowedIp,
  parseIpAddress,
} from '../src/index.ts';

const addressBytes = fc.oneof(
  fc.uint8Array({ minLength: 4, maxLength: 4 }),
  // The first byte is not 0, so the address is not IPv4-mapped (::ffff:0:0/96).
  fc.uint8Array({ minLength: 16, maxLength: 16 }).filter((bytes) => bytes[0] !== 0),
);

describe('the family of an address', () => {
  it('agrees with node:net, for any address, with or without a prefix length', () => {
    fc.assert(
      fc.property(addressBytes, (bytes) => {
        const address = formatIpBytes(bytes);
        expect(ipFamily(address)).toBe(isIP(address));
        expect(ipFamily(parseAllowedIp(address))).toBe(isIP(address));
        expect(IP_ADDRESS_BITS[ipFamily(address)]).toBe(bytes.length * 8);
      }),
    );
    expect(IP_FAMILIES).toEqual([4, 6]);
  });

  it('decides about brackets before a port', () => {
    expect(joinHostPort('192.0.2.1', 51_820)).toBe('192.0.2.1:51820');
    expect(joinHostPort('2001:db8::1', 51_820)).toBe('[2001:db8::1]:51820');
    expect(joinHostPort('mesh.example.org', 8443)).toBe('mesh.example.org:8443');
  });
});

describe('isIpAddress', () => {
  it('holds for exactly what parseIpAddress takes', () => {
    const texts = [
      '10.9.0.1',
      'FD00::1',
      '',
      '10.9.0',
      '010.9.0.1',
      '::ffff:10.9.0.1',
      'fe80::1%eth0',
      'name',
    ];
    const takes = (text: string) => {
      try {
        parseIpAddress(text);
        return true;
      } catch {
        return false;
      }
    };
    expect(texts.map(isIpAddress)).toEqual([true, true, false, false, false, false, false, false]);
    expect(texts.map(isIpAddress)).toEqual(texts.map(takes));
  });
});

describe('a range of one address', () => {
  it('differs from a wider one at the last bit', () => {
    const ranges = ['10.9.0.1/32', 'fd00::1/128', '10.9.0.0/31', 'fd00::/127', 'fd00::/32'].map(
      parseAllowedIp,
    );
    expect(ranges.map(isHostCidr)).toEqual([true, true, false, false, false]);
  });

  it('gives its address back without the prefix length', () => {
    fc.assert(
      fc.property(addressBytes, (bytes) => {
        const address = formatIpBytes(bytes);
        expect(cidrAddress(parseAllowedIp(address))).toBe(address);
      }),
    );
  });
});
