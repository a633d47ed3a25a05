import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseConfig, renderConfig, type WgErrorCode, type WgInterface, type WgPeer } from '../src/index.ts';
import { interfaces } from './arbitraries.ts';
import { expectWgError } from './expect-wg-error.ts';
import { fixture } from './fixture.ts';
import { hostileVariants } from './hostile-texts.ts';

const KEY = '+CcDQuCKGXZTTcxNigEc5K85Xtof1d55PJsu3uLAHEg=';
const PEER = 'E8PFD4AvNrrLeoXt1QYZfNVbeuD4WYM8VrRU83qZKFE=';
const OTHER = 'OUH90Xlyxx58gsh5cy6jBYXS5bd6wihZgA65CZVxMnI=';
const PSK = 'IEmY2eLkeXu2/8h1tdzBwjtHIjgJPyoem3nkoZLiOPo=';
const HEAD = `[Interface]\nPrivateKey = ${KEY}\n`;

describe('configuration text', () => {
  it('reads back to the value that was written, for arbitrary interfaces', () => {
    fc.assert(
      fc.property(interfaces, (value) => {
        expect(parseConfig(renderConfig(value))).toEqual(value);
      }),
    );
  });

  it('of wg showconf is read, and written back with the same meaning', () => {
    const value = parseConfig(fixture('initiator.conf'));
    expect(value).toMatchObject({ listenPort: 51_820, fwmark: 0x51 });
    // A device lists its peers in any order.
    const [v4, v6] = value.peers.toSorted((a, b) =>
      (a.endpoint?.host ?? '').localeCompare(b.endpoint?.host ?? ''),
    );
    expect(v4).toMatchObject({
      allowedIps: ['10.9.0.2/32', 'fd00:9::2/128'],
      endpoint: { host: '127.0.0.1', port: 51_821 },
      persistentKeepaliveSeconds: 25,
    });
    expect(v6).toEqual({
      publicKey: v6?.publicKey,
      endpoint: { host: '2001:db8::7', port: 51_820 },
      allowedIps: [],
    });
    expect(parseConfig(renderConfig(value))).toEqual(value);
  });

  it('may have comments, CRLF, blank lines, any case, repeated AllowedIPs, off and zero', () => {
    const text = [
      '# Überschrift',
      '[INTERFACE] # one',
      `privatekey=${KEY}#tail`,
      '\tLISTENPORT  =  0 ',
      'FwMark = OFF',
      '',
      '[peer]',
      `PUBLICKEY = ${PEER}`,
      'allowedips = 10.9.0.1/24,fd00:9::2',
      'AllowedIPs = 10.8.0.0/16',
      'PersistentKeepalive = off',
    ].join('\r\n');
    expect(parseConfig(text)).toEqual({
      privateKey: KEY,
      peers: [{ publicKey: PEER, allowedIps: ['10.9.0.0/24', 'fd00:9::2/128', '10.8.0.0/16'] }],
    });
  });

  it.each<[string, string, number, WgErrorCode]>([
    ['nothing', '', 1, 'invalid_config'],
    ['no interface', `[Peer]\nPublicKey = ${PEER}\n`, 1, 'invalid_config'],
    ['a key before any section', `PrivateKey = ${KEY}\n`, 1, 'invalid_config'],
    ['no private key', '\n[Interface]\nListenPort = 1\n', 2, 'invalid_config'],
    ['no public key', `${HEAD}[Peer]\nAllowedIPs = 10.0.0.0/8\n`, 3, 'invalid_config'],
    ['a second interface', `${HEAD}[Interface]\n`, 3, 'invalid_config'],
    ['an unknown section', `${HEAD}[Peers]\n`, 3, 'invalid_config'],
    ['an unknown key', `${HEAD}Jc = 4\n`, 3, 'invalid_config'],
    ['a shell command of wg-quick', `${HEAD}PostUp = id\n`, 3, 'invalid_config'],
    ['an address of wg-quick', `${HEAD}Address = 10.9.0.1/24\n`, 3, 'invalid_config'],
    ['a peer key in the interface', `${HEAD}AllowedIPs = 10.0.0.0/8\n`, 3, 'invalid_config'],
    ['an interface key in a peer', `${HEAD}[Peer]\nListenPort = 1\n`, 4, 'invalid_config'],
    ['a repeated key', `${HEAD}PrivateKey = ${KEY}\n`, 3, 'invalid_config'],
    ['no equals sign', `${HEAD}ListenPort 51820\n`, 3, 'invalid_config'],
    ['an empty key', `${HEAD}= 51820\n`, 3, 'invalid_config'],
    ['a second value', `${HEAD}ListenPort = 51820 1\n`, 3, 'invalid_number'],
    ['a port too high', `${HEAD}ListenPort = 65536\n`, 3, 'invalid_number'],
    ['a negative port', `${HEAD}ListenPort = -1\n`, 3, 'invalid_number'],
    ['Arabic digits', `${HEAD}ListenPort = \u0661\n`, 3, 'invalid_config'],
    ['an fwmark in hex after a capital X', `${HEAD}FwMark = 0X1F\n`, 3, 'invalid_number'],
    ['no fwmark after its key', `${HEAD}FwMark =\n`, 3, 'invalid_number'],
    ['no range after AllowedIPs', `${HEAD}[Peer]\nPublicKey = ${PEER}\nAllowedIPs =\n`, 5, 'invalid_cidr'],
    ['an fwmark too high', `${HEAD}FwMark = 0x100000000\n`, 3, 'invalid_number'],
    ['a bad private key', '[Interface]\nPrivateKey = x\n', 2, 'invalid_key'],
    ['an empty private key', '[Interface]\nPrivateKey =\n', 2, 'invalid_key'],
    [
      'an all-zero preshared key',
      `${HEAD}[Peer]\nPublicKey = ${PEER}\nPresharedKey = ${'A'.repeat(43)}=\n`,
      5,
      'invalid_key',
    ],
    ['a host name', `${HEAD}[Peer]\nPublicKey = ${PEER}\nEndpoint = vpn.example:1\n`, 5, 'invalid_endpoint'],
    ['a trailing comma', `${HEAD}[Peer]\nPublicKey = ${PEER}\nAllowedIPs = 10.0.0.0/8,\n`, 5, 'invalid_cidr'],
    ['a signed range', `${HEAD}[Peer]\nPublicKey = ${PEER}\nAllowedIPs = +10.0.0.0/8\n`, 5, 'invalid_cidr'],
    [
      'a keepalive too long',
      `${HEAD}[Peer]\nPublicKey = ${PEER}\nPersistentKeepalive = 65536\n`,
      5,
      'invalid_number',
    ],
    [
      'a peer twice',
      `${HEAD}[Peer]\nPublicKey = ${PEER}\n[Peer]\nPublicKey = ${PEER}\n`,
      5,
      'duplicate_peer',
    ],
    [
      'a range at two peers',
      `${HEAD}[Peer]\nPublicKey = ${PEER}\nAllowedIPs = 10.0.0.1\n[Peer]\nPublicKey = ${OTHER}\nAllowedIPs = 10.0.0.1/32\n`,
      6,
      'duplicate_allowed_ip',
    ],
    ['NUL in a comment', `${HEAD}# a\u0000b\n`, 3, 'invalid_config'],
    ['a lone carriage return', `${HEAD}# a\rPostUp = id\n`, 3, 'invalid_config'],
    ['U+2028 in a comment', `${HEAD}# a\u2028[Peer]\n`, 3, 'invalid_config'],
    ['a byte order mark', `\ufeff${HEAD}`, 1, 'invalid_config'],
    ['a no-break space', `${HEAD}ListenPort\u00a0= 1\n`, 3, 'invalid_config'],
    ['the Kelvin sign for K', `[Interface]\nPrivate\u212aey = ${KEY}\n`, 2, 'invalid_config'],
  ])('with %s is refused with its line', (_what, text, line, code) => {
    const error = expectWgError(() => parseConfig(text), code, text);
    expect(error.line).toBe(line);
    expect(error.message).toMatch(new RegExp(`^line ${line}: `));
  });

  it('never quotes a secret, even a misplaced one', () => {
    for (const text of [
      `${HEAD}${PSK}\n`,
      `${HEAD}[Peer]\nPresharedKey = ${PSK} x\n`,
      `${HEAD}${PSK.slice(0, -1)} = 1\n`,
    ]) {
      const error = expectWgError(() => parseConfig(text));
      expect(`${error.message}${error.stack}`).not.toContain(PSK.slice(0, 8));
    }
  });

  it('of any form is either read or refused with a WgError', () => {
    const part = fc.oneof(
      fc.constantFrom(
        '[Interface]',
        '[Peer]',
        `PrivateKey=${KEY}`,
        `PublicKey=${PEER}`,
        '\n',
        '=',
        '#',
        'AllowedIPs=',
        ',',
      ),
      fc.string({ unit: 'binary', maxLength: 8 }),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        const text = parts.join('\n');
        let value: WgInterface | undefined;
        try {
          value = parseConfig(text);
        } catch {
          expectWgError(() => parseConfig(text));
        }
        if (value !== undefined) expect(parseConfig(renderConfig(value))).toEqual(value);
      }),
    );
  });
});

describe('the configuration writer', () => {
  const peer = {
    publicKey: PEER,
    presharedKey: PSK,
    allowedIps: ['10.9.0.2/32'],
    endpoint: { host: '127.0.0.1', port: 1 },
  };
  const render = (change: object, peerChange: object = {}) =>
    renderConfig({
      privateKey: KEY,
      peers: [{ ...peer, ...peerChange } as unknown as WgPeer],
      ...change,
    } as unknown as WgInterface);

  it('writes the unchanged peer of these tests', () => {
    expect(
      render({})
        .split('\n')
        .filter((line) => line.startsWith('[')),
    ).toEqual(['[Interface]', '[Peer]']);
  });

  it('refuses hostile text in every field, whatever its type says', () => {
    for (const text of hostileVariants(PEER)) {
      expectWgError(() => render({ privateKey: text }), 'invalid_key', JSON.stringify(text));
      expectWgError(() => render({}, { publicKey: text }), 'invalid_key', JSON.stringify(text));
      expectWgError(() => render({}, { presharedKey: text }), 'invalid_key', JSON.stringify(text));
    }
    for (const text of hostileVariants('10.9.0.2/32')) {
      expectWgError(() => render({}, { allowedIps: [text] }), 'invalid_cidr', JSON.stringify(text));
    }
    for (const text of hostileVariants('127.0.0.1')) {
      expectWgError(
        () => render({}, { endpoint: { host: text, port: 1 } }),
        'invalid_endpoint',
        JSON.stringify(text),
      );
    }
    for (const number of [
      '1',
      '1\nPostUp = id',
      0,
      -1,
      0.5,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      null,
      2 ** 32,
    ]) {
      expectWgError(() => render({ listenPort: number }), 'invalid_number', String(number));
      expectWgError(() => render({ fwmark: number }), 'invalid_number', String(number));
      expectWgError(
        () => render({}, { persistentKeepaliveSeconds: number }),
        'invalid_number',
        String(number),
      );
      expectWgError(
        () => render({}, { endpoint: { host: '127.0.0.1', port: number } }),
        'invalid_endpoint',
        String(number),
      );
    }
  });

  it('refuses a peer twice and a range at two peers', () => {
    expectWgError(() => render({ peers: [peer, peer] }), 'duplicate_peer');
    expectWgError(() => render({ peers: [peer, { ...peer, publicKey: OTHER }] }), 'duplicate_allowed_ip');
    expectWgError(() => render({}, { allowedIps: ['10.9.0.2/32', '10.9.0.2/32'] }), 'duplicate_allowed_ip');
  });
});
