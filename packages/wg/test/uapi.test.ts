import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  parseCidr,
  parseEndpoint,
  parseUapiGet,
  parseUapiSetAnswer,
  parseWgDump,
  presharedKeyDigest,
  renderUapiSet,
  type UapiPeerChange,
  type UapiSet,
  type WgErrorCode,
  wgKeyFromBytes,
} from '../src/index.ts';
import { peerLists } from './arbitraries.ts';
import { expectWgError } from './expect-wg-error.ts';
import { fixture } from './fixture.ts';
import { hostileVariants } from './hostile-texts.ts';

const publicKey = wgKeyFromBytes('public', new Uint8Array(32).fill(0x5b));
const presharedKey = wgKeyFromBytes('preshared', new Uint8Array(32).fill(0xcd));
const KEY_LINE = `public_key=${'5b'.repeat(32)}\n`;
const render = (peer: object, device: object = {}) =>
  renderUapiSet({ ...device, peers: [peer as UapiPeerChange] } as UapiSet);

describe('the text of a set', () => {
  it('has every key of the protocol in its order, update_only right behind public_key', () => {
    const text = renderUapiSet({
      privateKey: wgKeyFromBytes('private', new Uint8Array(32).fill(0x11)),
      listenPort: 51_820,
      fwmark: 0,
      peers: [
        {
          publicKey,
          updateOnly: true,
          presharedKey,
          endpoint: parseEndpoint('[2001:db8::7]:1'),
          persistentKeepaliveSeconds: 0,
          replaceAllowedIps: true,
          allowedIps: [parseCidr('10.9.0.2/32'), parseCidr('fd00:9::2/128')],
        },
      ],
    });
    expect(text).toBe(
      `set=1\nprivate_key=${'11'.repeat(32)}\nlisten_port=51820\nfwmark=0\n${KEY_LINE}update_only=true\n` +
        `preshared_key=${'cd'.repeat(32)}\nendpoint=[2001:db8::7]:1\npersistent_keepalive_interval=0\n` +
        'replace_allowed_ips=true\nallowed_ip=10.9.0.2/32\nallowed_ip=fd00:9::2/128\n\n',
    );
  });

  it('of no peers, of a removal, of a key taken away', () => {
    expect(renderUapiSet({ peers: [] })).toBe('set=1\n\n');
    expect(renderUapiSet({ peers: [{ publicKey, remove: true }] })).toBe(`set=1\n${KEY_LINE}remove=true\n\n`);
    expect(renderUapiSet({ peers: [{ publicKey, updateOnly: true, presharedKey: null }] })).toBe(
      `set=1\n${KEY_LINE}update_only=true\npreshared_key=${'00'.repeat(32)}\n\n`,
    );
  });

  it('with only a preshared key needs updateOnly, by type and at run time', () => {
    // @ts-expect-error without updateOnly it would create the peer
    const set: UapiSet = { peers: [{ publicKey, presharedKey }] };
    expectWgError(() => renderUapiSet(set), 'invalid_change');
    // @ts-expect-error replace_peers is not offered
    const replacing: UapiSet = { replacePeers: true, peers: [] };
    expectWgError(() => renderUapiSet(replacing), 'invalid_change');
    expectWgError(() => render({ publicKey }, { replacePeers: false }), 'invalid_change');
  });

  it('refuses flags that are truthy or falsy but not true', () => {
    for (const flag of ['true', 'false', 1, 0, false, null, 'true\nremove=true']) {
      for (const name of ['remove', 'updateOnly', 'replaceAllowedIps']) {
        expectWgError(
          () => render({ publicKey, allowedIps: [], [name]: flag }),
          'invalid_change',
          `${name} ${flag}`,
        );
      }
    }
  });

  it('refuses a removal with any other field', () => {
    for (const field of [
      { presharedKey },
      { presharedKey: null },
      { allowedIps: [] },
      { updateOnly: true },
    ]) {
      expectWgError(() => render({ publicKey, remove: true, ...field }), 'invalid_change');
    }
  });

  it('removes even a key that may not be added, because somebody may have added it', () => {
    const zero = `${'A'.repeat(43)}=`;
    expect(render({ publicKey: zero, remove: true })).toContain(`${'00'.repeat(32)}\nremove=true`);
    expectWgError(() => render({ publicKey: zero, updateOnly: true }), 'invalid_key');
    expectWgError(() => render({ publicKey: zero, allowedIps: [] }), 'invalid_key');
  });

  it('refuses hostile text in every field', () => {
    for (const text of hostileVariants(publicKey)) {
      const hint = JSON.stringify(text);
      expectWgError(() => render({ publicKey: text, remove: true }), 'invalid_key', hint);
      expectWgError(() => render({ publicKey: text, updateOnly: true }), 'invalid_key', hint);
      expectWgError(() => render({ publicKey, updateOnly: true, presharedKey: text }), 'invalid_key', hint);
      expectWgError(() => render({ publicKey, updateOnly: true }, { privateKey: text }), 'invalid_key', hint);
    }
    for (const text of hostileVariants('10.9.0.2/32')) {
      expectWgError(() => render({ publicKey, allowedIps: [text] }), 'invalid_cidr', JSON.stringify(text));
    }
    for (const host of hostileVariants('127.0.0.1')) {
      const endpoint = { host, port: 1 };
      expectWgError(
        () => render({ publicKey, updateOnly: true, endpoint }),
        'invalid_endpoint',
        JSON.stringify(host),
      );
    }
    for (const number of ['1', '1\nremove=true', -1, -0, 0.5, Number.NaN, 2 ** 32, null]) {
      expectWgError(
        () => render({ publicKey, updateOnly: true, persistentKeepaliveSeconds: number }),
        'invalid_number',
      );
      expectWgError(() => render({ publicKey, updateOnly: true }, { listenPort: number }), 'invalid_number');
      expectWgError(() => render({ publicKey, updateOnly: true }, { fwmark: number }), 'invalid_number');
    }
  });

  it('refuses a peer twice and a range at two peers', () => {
    const range = parseCidr('10.9.0.2/32');
    const other = wgKeyFromBytes('public', new Uint8Array(32).fill(3));
    const peers: UapiPeerChange[] = [
      { publicKey, remove: true },
      { publicKey, allowedIps: [] },
    ];
    expectWgError(() => renderUapiSet({ peers }), 'duplicate_peer');
    const claims: UapiPeerChange[] = [
      { publicKey, allowedIps: [range] },
      { publicKey: other, allowedIps: [range] },
    ];
    expectWgError(() => renderUapiSet({ peers: claims }), 'duplicate_allowed_ip');
  });

  it('has, for arbitrary peers, only lines of known keys and one empty line, at its end', () => {
    const line =
      /^(?:set=1|(?:public|preshared)_key=[0-9a-f]{64}|endpoint=[0-9a-f.:[\]]+|persistent_keepalive_interval=[0-9]+|allowed_ip=[0-9a-f.:]+\/[0-9]+)$/;
    fc.assert(
      fc.property(peerLists, (peers) => {
        const lines = renderUapiSet({ peers }).split('\n');
        expect(lines.splice(-2)).toEqual(['', '']);
        for (const text of lines) expect(text).toMatch(line);
      }),
    );
  });
});

describe('the answer to a get', () => {
  it.each(['fresh', 'initiator', 'responder'])('of a real device (%s) says the same as its dump', (name) => {
    expect(parseUapiGet(fixture(`${name}.get`))).toEqual(parseWgDump(fixture(`${name}.dump`)));
  });

  it('holds no secret', () => {
    const text = fixture('initiator.get');
    const shown = JSON.stringify(parseUapiGet(text));
    for (const [, hex = ''] of text.matchAll(/(?:private|preshared)_key=([0-9a-f]{64})/g)) {
      expect(shown).not.toContain(hex);
      expect(shown).not.toContain(Buffer.from(hex, 'hex').toString('base64'));
    }
  });

  it('may have unknown keys, a peer that comes again, a zone, a mapped address, an odd peer', () => {
    const zero = `public_key=${'0'.repeat(64)}\n`;
    const state = parseUapiGet(
      `listen_port=1\nfuture=x y\n${KEY_LINE}preshared_key=${'cd'.repeat(32)}\nallowed_ip=10.9.0.2/32\n` +
        `endpoint=[fe80::1%eth0]:5\n${zero}endpoint=[::ffff:192.0.2.1]:0\n` +
        `${KEY_LINE}allowed_ip=10.9.0.3/32\nrx_bytes=18446744073709551615\nnews=1\nerrno=0\n\n`,
    );
    expect(state).toEqual({
      listenPort: 1,
      peers: [
        {
          publicKey,
          hasPresharedKey: true,
          presharedKeyDigest: presharedKeyDigest(presharedKey),
          allowedIps: ['10.9.0.2/32', '10.9.0.3/32'],
          endpoint: { host: 'fe80::1', port: 5, zone: 'eth0' },
          rxBytes: 2 ** 64,
          txBytes: 0,
        },
        {
          publicKey: `${'A'.repeat(43)}=`,
          hasPresharedKey: false,
          allowedIps: [],
          endpoint: { host: '192.0.2.1', port: 0 },
          rxBytes: 0,
          txBytes: 0,
        },
      ],
    });
  });

  it.each<[string, string, WgErrorCode]>([
    ['nothing', '', 'invalid_uapi'],
    ['only the end', '\n\n', 'invalid_uapi'],
    ['no errno', 'listen_port=1\n\n', 'invalid_uapi'],
    ['no empty line', 'errno=0\n', 'invalid_uapi'],
    ['a cut line', `${KEY_LINE}allowed_ip=10.9`, 'invalid_uapi'],
    ['two errnos', 'errno=0\nerrno=0\n\n', 'invalid_uapi'],
    ['errno in the middle', 'errno=0\nlisten_port=1\n\n', 'invalid_uapi'],
    ['an empty line inside', 'listen_port=1\n\nerrno=0\n\n', 'invalid_uapi'],
    ['a line without equals', 'listen_port\nerrno=0\n\n', 'invalid_uapi'],
    ['an empty key', '=1\nerrno=0\n\n', 'invalid_uapi'],
    ['a carriage return', 'listen_port=1\r\nerrno=0\n\n', 'invalid_uapi'],
    ['NUL', 'listen_port=1\u0000\nerrno=0\n\n', 'invalid_uapi'],
    ['U+2028', 'news=\u2028\nerrno=0\n\n', 'invalid_uapi'],
    ['errno that is no number', 'errno=x\n\n', 'invalid_number'],
    ['an empty errno', 'errno=\n\n', 'invalid_number'],
    ['upper-case hex', `public_key=${'AB'.repeat(32)}\nerrno=0\n\n`, 'invalid_key'],
    ['a short key', 'public_key=ab\nerrno=0\n\n', 'invalid_key'],
    ['a port too high', 'listen_port=65536\nerrno=0\n\n', 'invalid_number'],
    ['a negative counter', `${KEY_LINE}rx_bytes=-1\nerrno=0\n\n`, 'invalid_number'],
    ['a host name', `${KEY_LINE}endpoint=vpn.example:1\nerrno=0\n\n`, 'invalid_endpoint'],
    ['a bad range', `${KEY_LINE}allowed_ip=10.0.0.0/33\nerrno=0\n\n`, 'invalid_cidr'],
  ])('with %s is refused', (_what, text, code) => {
    expectWgError(() => parseUapiGet(text), code, text);
  });

  it("gives the same state with a platform's own hash", () => {
    const platformSha256 = (message: Uint8Array) =>
      new Uint8Array(createHash('sha256').update(message).digest());
    const answer = `${KEY_LINE}preshared_key=${'0a'.repeat(32)}\nerrno=0\n\n`;
    const state = parseUapiGet(answer, platformSha256);
    expect(state.peers[0]?.presharedKeyDigest).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(state).toEqual(parseUapiGet(answer));
  });

  it('with another errno is a device_error that carries it, and no state', () => {
    for (const errno of ['-22', '22']) {
      expect(
        expectWgError(() => parseUapiGet(`listen_port=1\nerrno=${errno}\n\n`), 'device_error').errno,
      ).toBe(22);
    }
  });
});

describe('the answer to a set', () => {
  it('returns for errno 0 and throws device_error for a real refusal', () => {
    expect(parseUapiSetAnswer('errno=0\n\n')).toBeUndefined();
    expect(expectWgError(() => parseUapiSetAnswer(fixture('refused.set')), 'device_error').errno).toBe(22);
  });

  it.each([
    '',
    'errno=0',
    'errno=0\n',
    'ok\n\n',
    'errno=0 \n\n',
    'x=1\nerrno=0\n\n',
    'errno=--1\n\n',
    'errno=1e9\n\n',
  ])('is refused as %j', (text) => {
    expectWgError(() => parseUapiSetAnswer(text), undefined, text);
  });
});
