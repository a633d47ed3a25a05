// The PROXY protocol's header: what is read from it, and what is refused. The examples follow the sections
// 2.1 and 2.2 of its specification.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_HEADER_BYTES, readProxyHeader } from '../../src/http/gate/proxy-header.ts';

const SIGNATURE = Buffer.from('0d0a0d0a000d0a515549540a', 'hex');

function v2(command: number, family: number, body: Buffer, length = body.length): Buffer {
  const head = Buffer.from([0x20 | command, family, length >> 8, length & 0xff]);
  return Buffer.concat([SIGNATURE, head, body]);
}

const IPV4 = Buffer.from([192, 0, 2, 1, 198, 51, 100, 1, 0x30, 0x39, 0x20, 0xfb]);
const IPV6 = Buffer.concat([
  Buffer.from('20010db8000000000000000000000001', 'hex'),
  Buffer.from('20010db8000000000000000000000002', 'hex'),
  Buffer.from([0x30, 0x39, 0x20, 0xfb]),
]);
const MAPPED = Buffer.concat([Buffer.from('00000000000000000000ffffc0000201', 'hex'), IPV6.subarray(16)]);

const sound: readonly (readonly [string, Buffer, string | undefined])[] = [
  ['version 1, IPv4', Buffer.from('PROXY TCP4 192.0.2.1 198.51.100.1 12345 8443\r\n'), '192.0.2.1'],
  ['version 1, IPv6', Buffer.from('PROXY TCP6 2001:db8::1 2001:db8::2 12345 8443\r\n'), '2001:db8::1'],
  ['version 1, mapped', Buffer.from('PROXY TCP6 ::ffff:192.0.2.1 ::1 1 2\r\n'), '192.0.2.1'],
  ['version 1, unknown', Buffer.from('PROXY UNKNOWN ffff::1 ::2 65535 65535\r\n'), undefined],
  ['version 2, IPv4', v2(1, 0x11, IPV4), '192.0.2.1'],
  ['version 2, IPv6', v2(1, 0x21, IPV6), '2001:db8::1'],
  ['version 2, mapped', v2(1, 0x21, MAPPED), '192.0.2.1'],
  ['version 2, more fields', v2(1, 0x11, Buffer.concat([IPV4, Buffer.from([4, 0, 1, 0])])), '192.0.2.1'],
  ['version 2, the proxy itself', v2(0, 0, Buffer.alloc(0)), undefined],
  ['version 2, unspecified', v2(1, 0, Buffer.alloc(3)), undefined],
  ['version 2, as long as is accepted', v2(1, 0x11, Buffer.concat([IPV4, Buffer.alloc(500)])), '192.0.2.1'],
];

describe('a header', () => {
  it.each(sound)('of %s is read, and nothing beyond it', (_what, bytes, source) => {
    const header = { kind: 'header', source, lengthBytes: bytes.length };
    expect(readProxyHeader(bytes)).toEqual(header);
    expect(readProxyHeader(Buffer.concat([bytes, Buffer.from([0x16, 3, 1])]))).toEqual(header);
  });

  it.each(sound)('of %s is incomplete at every shorter length', (_what, bytes) => {
    for (let length = 0; length < bytes.length; length++)
      expect(readProxyHeader(bytes.subarray(0, length))).toEqual({ kind: 'incomplete' });
  });

  it.each([
    ['a TLS record', Buffer.from([0x16, 3, 1, 2, 0])],
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\n')],
    ['lower case', Buffer.from('proxy TCP4 192.0.2.1 198.51.100.1 1 2\r\n')],
    ['UDP', Buffer.from('PROXY UDP4 192.0.2.1 198.51.100.1 1 2\r\n')],
    ['no address', Buffer.from('PROXY TCP4 192.0.2 198.51.100.1 1 2\r\n')],
    ['an octet of 256', Buffer.from('PROXY TCP4 192.0.2.256 198.51.100.1 1 2\r\n')],
    ['the other family', Buffer.from('PROXY TCP4 2001:db8::1 2001:db8::2 1 2\r\n')],
    ['a zone', Buffer.from('PROXY TCP6 fe80::1%eth0 ::1 1 2\r\n')],
    ['no destination', Buffer.from('PROXY TCP4 192.0.2.1 1 2\r\n')],
    ['two blanks', Buffer.from('PROXY TCP4  192.0.2.1 198.51.100.1 1 2\r\n')],
    ['one field more', Buffer.from('PROXY TCP4 192.0.2.1 198.51.100.1 1 2 3\r\n')],
    ['a port above 65535', Buffer.from('PROXY TCP4 192.0.2.1 198.51.100.1 65536 2\r\n')],
    ['a negative port', Buffer.from('PROXY TCP4 192.0.2.1 198.51.100.1 -1 2\r\n')],
    ['a line feed alone', Buffer.from(`PROXY TCP4 192.0.2.1 198.51.100.1 1 2\n${' '.repeat(90)}`)],
    ['no end', Buffer.from(`PROXY UNKNOWN ${'x'.repeat(100)}`)],
    ['version 1 of the binary form', Buffer.concat([SIGNATURE, Buffer.from([0x11, 0x11, 0, 12]), IPV4])],
    ['another command', v2(2, 0x11, IPV4)],
    ['a datagram', v2(1, 0x12, IPV4)],
    ['a unix socket', v2(1, 0x31, Buffer.alloc(216))],
    ['too few bytes for IPv4', v2(1, 0x11, IPV4.subarray(0, 11))],
    ['too few bytes for IPv6', v2(1, 0x21, IPV6.subarray(0, 35))],
    ['too many fields', v2(1, 0x11, IPV4, MAX_HEADER_BYTES - 16 + 1)],
  ])('is refused: %s', (_what, bytes) => {
    expect(readProxyHeader(bytes)).toEqual({ kind: 'invalid' });
  });

  it('of any bytes is read, refused or waited for, within its bound', () => {
    const start = fc.constantFrom(Buffer.alloc(0), SIGNATURE, Buffer.from('PROXY '), v2(1, 0x11, IPV4));
    fc.assert(
      fc.property(start, fc.uint8Array({ maxLength: 700 }), (first, rest) => {
        const bytes = Buffer.concat([first, rest]);
        const header = readProxyHeader(bytes);
        if (header.kind === 'header') expect(header.lengthBytes).toBeLessThanOrEqual(bytes.length);
        if (bytes.length >= MAX_HEADER_BYTES) expect(header.kind).not.toBe('incomplete');
      }),
    );
  });
});
