import { isIPv4, isIPv6 } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  checkEndpoint,
  type Endpoint,
  formatEndpoint,
  ipFamily,
  parseAllowedIp,
  parseCidr,
  parseEndpoint,
  parseIpAddress,
  parseIpBytes,
} from '../src/index.ts';
import { formatIpBytes } from '../src/ip-address.ts';
import { cidrs, endpoints, ipBytes } from './arbitraries.ts';
import { expectWgError } from './expect-wg-error.ts';
import { hostileVariants, NOT_STRINGS } from './hostile-texts.ts';

// Hostile variants, without those that are valid texts of another value: one digit more or less can give such
// a text.
const bad = (valid: string, alsoValid: RegExp = /^$/) =>
  hostileVariants(valid).filter((text) => !alsoValid.test(text) || text === '');

describe('IP addresses', () => {
  it.each([
    ['0.0.0.0', '0.0.0.0'],
    ['255.255.255.255', '255.255.255.255'],
    ['::', '::'],
    ['::1', '::1'],
    ['1::', '1::'],
    ['2001:DB8:0:0:0:0:0:7', '2001:db8::7'],
    ['2001:0db8::0007', '2001:db8::7'],
    ['1:0:0:2:0:0:0:3', '1:0:0:2::3'],
    ['1:0:0:2:3:0:0:4', '1::2:3:0:0:4'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
    ['::2:3:4:5:6:7:8', '0:2:3:4:5:6:7:8'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
  ])('%s is written %s (RFC 5952)', (text, canonical) => {
    expect(parseIpAddress(text)).toBe(canonical);
  });

  it('can be read back from their canonical text, which node:net accepts', () => {
    fc.assert(
      fc.property(ipBytes, (bytes) => {
        const text = formatIpBytes(bytes);
        expect(bytes.length === 4 ? isIPv4(text) : isIPv6(text)).toBe(true);
        fc.pre(!/^::ffff:[0-9a-f]{1,4}:[0-9a-f]{1,4}$/.test(text));
        expect(parseIpBytes(text)).toEqual(bytes);
        expect(parseIpAddress(text)).toBe(text);
        expect(ipFamily(text)).toBe(bytes.length === 4 ? 4 : 6);
      }),
    );
  });

  it('are accepted only if node:net accepts them', () => {
    const nearly = fc.stringMatching(/^[0-9a-f:.%]{1,24}$/);
    fc.assert(
      fc.property(nearly, (text) => {
        let accepted = true;
        try {
          parseIpAddress(text);
        } catch {
          accepted = false;
        }
        if (accepted) expect(isIPv4(text) || isIPv6(text)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    'localhost',
    'a.example',
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.256',
    '01.2.3.4',
    '1.2.3.04',
    '0x1.2.3.4',
    '1.2..4',
    '16909060',
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7:8::',
    '1:2:3:4::5:6:7:8',
    ':1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:',
    '12345::',
    'g::',
    '1.2.3.4::',
    '::1.2.3.4:5',
    '::1.2.3',
    '::ffff:10.0.0.1',
    '::ffff:a00:1',
    'fe80::1%eth0',
    '[::1]',
    '10.0.0.1:80',
  ])('%s is refused', (text) => {
    expectWgError(() => parseIpAddress(text), 'invalid_address', text);
  });

  it('are refused in every hostile variant and as anything but a string', () => {
    for (const text of [...bad('10.9.0.7'), ...bad('2001:db8::7')]) {
      expectWgError(() => parseIpAddress(text), 'invalid_address', JSON.stringify(text));
    }
    for (const value of NOT_STRINGS)
      expectWgError(() => parseIpAddress(value), 'invalid_address', typeof value);
  });
});

describe('endpoints', () => {
  it('can be read back from their text', () => {
    fc.assert(
      fc.property(endpoints, (endpoint) => {
        expect(parseEndpoint(formatEndpoint(endpoint))).toEqual(endpoint);
      }),
    );
  });

  it.each([
    ['203.0.113.7:1', { host: '203.0.113.7', port: 1 }],
    ['203.0.113.7:65535', { host: '203.0.113.7', port: 65_535 }],
    ['[2001:DB8::7]:51820', { host: '2001:db8::7', port: 51_820 }],
    ['127.0.0.1:51820', { host: '127.0.0.1', port: 51_820 }],
  ])('%s is read', (text, endpoint) => {
    expect(parseEndpoint(text)).toEqual(endpoint);
  });

  it.each([
    '203.0.113.7',
    '203.0.113.7:',
    '203.0.113.7:0',
    '203.0.113.7:65536',
    '203.0.113.7:99999999999999999999',
    '203.0.113.7:051820',
    '203.0.113.7:+1',
    '203.0.113.7:-1',
    '203.0.113.7:1e3',
    '203.0.113.7:0x50',
    '203.0.113.7:1:2',
    ':51820',
    'vpn.example:51820',
    'localhost:51820',
    '2001:db8::7:51820',
    '[2001:db8::7]51820',
    '[2001:db8::7]',
    '[2001:db8::7]:0',
    '[203.0.113.7]:51820',
    '[fe80::1%eth0]:51820',
    '[fe80::1%0]:51820',
    '[::ffff:203.0.113.7]:51820',
    '0.0.0.0:51820',
    '0.1.2.3:51820',
    '[::]:51820',
    '224.0.0.1:51820',
    '239.255.255.255:51820',
    '255.255.255.255:51820',
    '[ff02::1]:51820',
    '(none)',
  ])('%s is refused', (text) => {
    expectWgError(() => parseEndpoint(text), 'invalid_endpoint', text);
  });

  it('are refused in every hostile variant and as anything but a string', () => {
    for (const text of [
      ...bad('203.0.113.7:51820', /^203\.0\.113\.7:51820\d$/),
      ...bad('[2001:db8::7]:51820'),
    ]) {
      expectWgError(() => parseEndpoint(text), 'invalid_endpoint', JSON.stringify(text));
    }
    for (const value of NOT_STRINGS)
      expectWgError(() => parseEndpoint(value), 'invalid_endpoint', typeof value);
  });

  it('are validated again when written, whatever their type says', () => {
    for (const host of ['a.example', '', ...bad('203.0.113.7')]) {
      expectWgError(
        () => formatEndpoint({ host, port: 1 } as Endpoint),
        'invalid_endpoint',
        JSON.stringify(host),
      );
    }
    for (const port of [
      0,
      -1,
      1.5,
      65_536,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      '1',
      '1\n',
      null,
      undefined,
    ]) {
      const endpoint = { host: '203.0.113.7', port } as unknown as Endpoint;
      expectWgError(() => checkEndpoint(endpoint), 'invalid_endpoint', String(port));
      expectWgError(() => formatEndpoint(endpoint), 'invalid_endpoint', String(port));
    }
  });
});

describe('address ranges', () => {
  it('are their own canonical text', () => {
    fc.assert(
      fc.property(cidrs, (cidr) => {
        expect(parseCidr(cidr)).toBe(cidr);
        expect(parseAllowedIp(cidr)).toBe(cidr);
      }),
    );
  });

  it.each([
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['10.9.0.0/24', '10.9.0.0/24'],
    ['10.9.0.1/32', '10.9.0.1/32'],
    ['::/0', '::/0'],
    ['FD00:9::0/64', 'fd00:9::/64'],
    ['fd00:9::2/128', 'fd00:9::2/128'],
  ])('%s is written %s', (text, canonical) => {
    expect(parseCidr(text)).toBe(canonical);
  });

  it.each([
    ['10.9.0.1', '10.9.0.1/32'],
    ['fd00:9::2', 'fd00:9::2/128'],
    ['10.9.0.255/25', '10.9.0.128/25'],
    ['10.9.0.1/0', '0.0.0.0/0'],
    ['fd00:9::ff/121', 'fd00:9::80/121'],
  ])('as an allowed IP %s means %s, and is not a CIDR', (text, canonical) => {
    expect(parseAllowedIp(text)).toBe(canonical);
    expectWgError(() => parseCidr(text), 'invalid_cidr', text);
  });

  it.each([
    '10.9.0.0/33',
    '10.9.0.0/-1',
    '10.9.0.0/+8',
    '10.9.0.0/08',
    '10.9.0.0/',
    '10.9.0.0/8/8',
    '10.9.0.0/255.255.255.0',
    '10.9/16',
    '/24',
    'fd00::/129',
    'fd00::1%eth0/64',
    '::ffff:10.0.0.0/104',
    'any',
    '10.9.0.0/24,0.0.0.0/0',
    '10.9.0.0/1e1',
  ])('%s is refused', (text) => {
    expectWgError(() => parseCidr(text), 'invalid_cidr', text);
    expectWgError(() => parseAllowedIp(text), 'invalid_cidr', text);
  });

  it('are refused in every hostile variant and as anything but a string', () => {
    for (const text of [...bad('10.9.0.0/24'), ...bad('fd00:9::2/128')]) {
      expectWgError(() => parseCidr(text), 'invalid_cidr', JSON.stringify(text));
      expectWgError(() => parseAllowedIp(text), 'invalid_cidr', JSON.stringify(text));
    }
    for (const value of NOT_STRINGS) {
      expectWgError(() => parseCidr(value), 'invalid_cidr', typeof value);
      expectWgError(() => parseAllowedIp(value), 'invalid_cidr', typeof value);
    }
  });
});
