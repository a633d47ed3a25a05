// The answer to an enrolment. The node keeps it for ever, so every field is checked before.

import { encodeBase64, fromHex } from '@mesh/primitives';
import { describe, expect, it } from 'vitest';
import { enrolmentAnswer } from '../../src/index.ts';

/** RFC 8032, section 7.1, test 1. */
const ED25519 = encodeBase64(fromHex('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a'));
/** Order 4. */
const SMALL_ORDER = encodeBase64(new Uint8Array(32));
/** y = p + 3. */
const NOT_CANONICAL = encodeBase64(Uint8Array.from([0xf0, ...new Uint8Array(30).fill(0xff), 0x7f]));

const GOOD = {
  mesh_id: 'demo',
  node_id: 'node-a',
  certificate_pem: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
  ca_pem: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
  addresses: ['10.77.0.5', 'fd00::5'],
  network: ['10.77.0.0/16', 'fd00::/64'],
  config_public_key: ED25519,
  log_public_key: ED25519,
  nodes_url: 'https://mesh.example:8443',
  server_time_ms: 1_767_616_490_456,
};

describe('an enrolment answer', () => {
  it.each([
    ['as it is', {}],
    ['with a prefix length at an address', { addresses: ['10.77.0.5/16', 'fd00::5/64'] }],
    ['with an address of the controller in brackets', { nodes_url: 'https://[2001:db8::1]:8443' }],
  ])('%s is read', (_what, change) => {
    const answer = { ...GOOD, ...change };
    expect(enrolmentAnswer.parse(answer)).toEqual(answer);
  });

  const BAD: readonly (readonly [name: string, value: unknown])[] = [
    ['mesh_id', '..'],
    ['node_id', 'Node-A'],
    ['certificate_pem', '\u001b[2J'],
    ['ca_pem', ''],
    ...[
      '',
      'node.example',
      '10.77.0.256',
      '10.77.0.5/33',
      '10.77.0.5/',
      '10.77.0.5:51820',
      '10.77.0.5\n',
    ].map((text) => ['addresses', [text]] as const),
    ['addresses', []],
    ['addresses', Array(9).fill('10.77.0.5')],
    ...['', '10.77.0.0', 'all/0', '10.77.0.0/33', 'fd00::/129', '10.77.0.0/16 '].map(
      (text) => ['network', [text]] as const,
    ),
    ['network', []],
    ['network', Array(9).fill('10.77.0.0/16')],
    ...['config_public_key', 'log_public_key'].flatMap((name) =>
      [SMALL_ORDER, NOT_CANONICAL, 'AAAA', `${ED25519}\n`].map((key) => [name, key] as const),
    ),
    ['nodes_url', 'http://mesh.example:8443'],
    ['nodes_url', 'mesh.example:8443'],
    ['nodes_url', 'file:///etc/passwd'],
    ['nodes_url', `https://mesh.example/${'x'.repeat(2048)}`],
    ['server_time_ms', -1],
  ];
  it.each(BAD)('with a %s of %j is refused', (name, value) => {
    const parsed = enrolmentAnswer.safeParse({ ...GOOD, [name]: value });
    expect(parsed.error?.issues.map(({ path }) => path[0])).toContain(name);
  });
});
