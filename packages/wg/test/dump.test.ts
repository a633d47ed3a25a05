import { describe, expect, it } from 'vitest';
import { parseWgDump, type WgErrorCode } from '../src/index.ts';
import { expectWgError } from './expect-wg-error.ts';
import { fixture } from './fixture.ts';
import { hostileVariants } from './hostile-texts.ts';

const PEER = 'E8PFD4AvNrrLeoXt1QYZfNVbeuD4WYM8VrRU83qZKFE=';
const DEVICE = '(none)\t(none)\t51820\toff';
const peerLine = (change: Record<number, string> = {}) =>
  [PEER, '(none)', '192.0.2.1:5', '10.9.0.2/32,fd00:9::2/128', '0', '0', '0', 'off']
    .map((value, at) => change[at] ?? value)
    .join('\t');
const dump = (change: Record<number, string> = {}) => `${DEVICE}\n${peerLine(change)}\n`;

describe('the dump of an interface', () => {
  it('of a real device gives its keys, ranges, handshake and counters, and no secret', () => {
    const text = fixture('initiator.dump');
    const state = parseWgDump(text);
    const [privateKey = '', publicKey] = text.split('\t');
    expect(state).toMatchObject({ publicKey, listenPort: 51_820, fwmark: 0x51 });
    expect(state.peers[0]).toMatchObject({
      hasPresharedKey: true,
      endpoint: { host: '127.0.0.1', port: 51_821 },
      allowedIps: ['10.9.0.2/32', 'fd00:9::2/128'],
      persistentKeepaliveSeconds: 25,
    });
    expect(state.peers[0]?.latestHandshakeSeconds).toBeGreaterThan(1_700_000_000);
    expect(state.peers[0]?.rxBytes).toBeGreaterThan(0);
    expect(state.peers[1]).toEqual({
      publicKey: state.peers[1]?.publicKey,
      hasPresharedKey: false,
      endpoint: { host: '2001:db8::7', port: 51_820 },
      allowedIps: [],
      rxBytes: 0,
      txBytes: 0,
    });
    const shown = JSON.stringify(state);
    expect(shown).not.toContain(privateKey);
    expect(shown).not.toContain(text.split('\n')[1]?.split('\t')[1]);
  });

  it('of a device without keys and peers', () => {
    expect(parseWgDump(fixture('fresh.dump'))).toEqual({ listenPort: expect.any(Number), peers: [] });
  });

  it('of this test is valid before it is changed', () => {
    expect(parseWgDump(dump()).peers[0]).toMatchObject({
      publicKey: PEER,
      endpoint: { host: '192.0.2.1', port: 5 },
    });
  });

  it.each<[string, string, WgErrorCode]>([
    ['nothing', '', 'invalid_dump'],
    ['an empty line', '\n', 'invalid_dump'],
    ['a cut last line', `${DEVICE}\n${peerLine()}`, 'invalid_dump'],
    ['the lines of all interfaces', `wg0\t${DEVICE}\n`, 'invalid_dump'],
    ['a column too few', `${DEVICE}\n${peerLine().replace(/\toff$/, '')}\n`, 'invalid_dump'],
    ['a column too many', `${DEVICE}\n${peerLine()}\t1\n`, 'invalid_dump'],
    ['blanks for tabs', dump().replaceAll('\t', ' '), 'invalid_dump'],
    ['an empty line inside', `${DEVICE}\n\n${peerLine()}\n`, 'invalid_dump'],
    ['a peer twice', `${DEVICE}\n${peerLine()}\n${peerLine()}\n`, 'duplicate_peer'],
    ['no device line', `${peerLine()}\n`, 'invalid_dump'],
    ['a public key of another private key', `${PEER}\t${PEER}\t1\toff\n`, 'invalid_dump'],
    ['a bad port', '(none)\t(none)\t65536\toff\n', 'invalid_number'],
    ['a bad fwmark', '(none)\t(none)\t1\t0xfffffffff\n', 'invalid_number'],
    ['carriage returns', dump().replaceAll('\n', '\r\n'), 'invalid_number'],
    ['a hex key', dump({ 0: 'ab'.repeat(32) }), 'invalid_key'],
    ['no public key', dump({ 0: '(none)' }), 'invalid_key'],
    ['an empty preshared key', dump({ 1: '' }), 'invalid_key'],
    ['a host name', dump({ 2: 'vpn.example:5' }), 'invalid_endpoint'],
    ['blanks between ranges', dump({ 3: '10.9.0.2/32, fd00:9::2/128' }), 'invalid_cidr'],
    ['no ranges', dump({ 3: '' }), 'invalid_cidr'],
    ['a negative handshake', dump({ 4: '-1' }), 'invalid_number'],
    ['a fractional counter', dump({ 5: '1.5' }), 'invalid_number'],
    ['Arabic digits', dump({ 6: '\u0661' }), 'invalid_number'],
    ['a long keepalive', dump({ 7: '65536' }), 'invalid_number'],
    ['none for off', dump({ 7: '(none)' }), 'invalid_number'],
  ])('with %s is refused', (_what, text, code) => {
    expectWgError(() => parseWgDump(text), code, JSON.stringify(text));
  });

  it('is refused with its line for every hostile variant in every column', () => {
    const valid = [PEER, PEER, '192.0.2.1:5', '10.9.0.2/32', '1', '1', '1', '25'];
    for (const [column, value] of valid.entries()) {
      for (const text of hostileVariants(value)) {
        const error = expectWgError(
          () => parseWgDump(dump({ [column]: text })),
          undefined,
          JSON.stringify([column, text]),
        );
        expect(error.line === undefined || error.line >= 2).toBe(true);
      }
    }
  });
});
