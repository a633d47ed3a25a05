import { encodeBase64 } from '@mesh/primitives';
import { describe, expect, it } from 'vitest';
import { configAnswer, configOrNotice, isDelta, isRemovalNotice } from '../src/index.ts';
import { broken, GOOD, GOOD_LIST, type GoodName, KEY_32 } from './good-messages.ts';

const LONG = 'x'.repeat(100_000);
const MANY_METRICS = Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`m${i}`, 0.5]));
const SPARE_BITS = `${KEY_32.slice(0, 42)}l=`;
const CONTROL = {
  'a line feed': 'a\nb',
  'a carriage return': 'a\rb',
  NUL: 'a\u0000b',
  ESC: 'a\u001b[2Jb',
  'a C1 control': 'a\u009bb',
  'a line separator': 'a\u2028b',
  'a bidirectional override': 'a\u202eb',
  'a lone high surrogate': 'a\ud800b',
  'a lone low surrogate': 'a\udc00',
};

/** [message, path, what is wrong, value] */
type Bad = readonly [name: GoodName, path: string, what: string, value: unknown];

const ids = (name: GoodName, path: string): Bad[] => [
  [name, path, 'missing', undefined],
  [name, path, 'empty', ''],
  [name, path, 'upper case', 'Node-A'],
  [name, path, 'dot segments', '..'],
  [name, path, 'a slash', 'a/b'],
  [name, path, 'a trailing line feed', 'node-a\n'],
  [name, path, '64 characters', 'a'.repeat(64)],
  [name, path, 'a number', 1],
];
const keys = (name: GoodName, path: string): Bad[] => [
  [name, path, '31 bytes', encodeBase64(new Uint8Array(31))],
  [name, path, '33 bytes', encodeBase64(new Uint8Array(33))],
  [name, path, 'no padding', KEY_32.replace('=', '')],
  [name, path, 'spare bits set', SPARE_BITS],
  [name, path, 'the url alphabet', `${'_'.repeat(42)}8=`],
  [name, path, 'white space', ` ${KEY_32}`],
  [name, path, 'a line feed', `${KEY_32}\n`],
  [name, path, 'huge', LONG],
  [name, path, 'bytes', new Uint8Array(32)],
];
/** 32 bytes: `first`, then `between` repeated, then `last`. */
const bytes32 = (first: number, between: number, last: number) =>
  encodeBase64(Uint8Array.from({ length: 32 }, (_, at) => (at === 0 ? first : at === 31 ? last : between)));
const wgKeys = (name: GoodName, path: string): Bad[] => [
  ...keys(name, path),
  [name, path, 'the top bit set', bytes32(9, 0, 0x80)],
  [name, path, 'p', bytes32(0xed, 0xff, 0x7f)],
  [name, path, '2^255 - 1', bytes32(0xff, 0xff, 0x7f)],
  [name, path, 'zero, of low order', bytes32(0, 0, 0)],
  [name, path, 'one, of low order', bytes32(1, 0, 0)],
  [name, path, 'p - 1, of low order', bytes32(0xec, 0xff, 0x7f)],
];
const lines = (name: GoodName, path: string): Bad[] =>
  Object.entries(CONTROL).map(([what, value]) => [name, path, what, value] as const);
const times = (name: GoodName, path: string): Bad[] => [
  [name, path, 'no zone', '2026-01-05T12:34:50'],
  [name, path, 'February 30', '2026-02-30T12:34:50Z'],
  [name, path, 'a number', 1_767_616_490_456],
  [name, path, 'huge', `2026-01-05T12:34:50.${'1'.repeat(50_000)}Z`],
];
const counters = (name: GoodName, path: string): Bad[] => [
  [name, path, 'zero', 0],
  [name, path, 'negative', -1],
  [name, path, 'a fraction', 1.5],
  [name, path, '2^53', 2 ** 53],
  [name, path, 'NaN', Number.NaN],
  [name, path, 'Infinity', Number.POSITIVE_INFINITY],
  [name, path, 'a string', '1'],
];

const BAD: readonly Bad[] = [
  ...ids('benchmark', 'mesh_id'),
  ...ids('benchmark', 'node_id'),
  ...times('benchmark', 'timestamp'),
  ...times('benchmark', 'sent_at'),
  ...lines('benchmark', 'suite_version'),
  ['benchmark', 'suite_version', 'empty', ''],
  ['benchmark', 'suite_version', 'too long', 'x'.repeat(129)],
  ...counters('benchmark', 'sequence'),
  ['benchmark', 'instance_id', 'too short', 'abcdefg'],
  ['benchmark', 'instance_id', 'a space', 'abcd efgh'],
  ['benchmark', 'challenge', 'empty', ''],
  ['benchmark', 'challenge', 'a space', 'a b'],
  ['benchmark', 'challenge', 'too long', 'x'.repeat(65)],
  ['benchmark', 'scores', 'missing', undefined],
  ['benchmark', 'scores', 'empty', {}],
  ['benchmark', 'scores', 'an array', [0.9]],
  ['benchmark', 'scores', 'without overall', { refusal: 0.9 }],
  ['benchmark', 'scores', '65 metrics', { ...MANY_METRICS, overall: 0.9 }],
  ['benchmark', 'scores/overall', 'above one', 1.000001],
  ['benchmark', 'scores/overall', 'below zero', -0.000001],
  ['benchmark', 'scores/overall', 'NaN', Number.NaN],
  ['benchmark', 'scores/overall', 'Infinity', Number.POSITIVE_INFINITY],
  ['benchmark', 'scores/overall', 'a string', '0.9'],
  ['benchmark', 'scores/overall', 'null', null],
  ['benchmark', 'scores/overall', 'true', true],
  ['benchmark', 'scores/constructor', 'the name of a prototype member', 0.9],
  ['benchmark', 'scores/Upper', 'an upper-case metric', 0.9],
  ['benchmark', 'scores/a b', 'a metric with a space', 0.9],
  ['benchmark', 'scores/a\nb', 'a metric with a line feed', 0.9],
  ['benchmark', 'samples', '65 metrics', MANY_METRICS],
  ['benchmark', 'samples/overall', 'negative', -1],
  ['benchmark', 'samples/overall', 'a fraction', 0.5],
  ['benchmark', 'measured_by', 'unknown', 'my cousin'],
  ['benchmark', 'evidence/sha256', 'upper case', 'AB'.repeat(32)],
  ['benchmark', 'evidence/sha256', 'short', 'ab'],
  ['benchmark', 'evidence/extra', 'an unknown key', 1],
  ...lines('benchmark', 'evidence/harness'),
  ['benchmark', 'evidence/media_type', 'empty', ''],
  ['benchmark', 'kem_public_key', 'no suite', KEY_32],
  ['benchmark', 'kem_public_key', 'a suite of something else', `mesh/psk/v1/x-wing:${KEY_32}`],
  ['benchmark', 'kem_public_key', 'no key', 'mesh/seal/v1/x-wing:'],
  ['benchmark', 'kem_public_key', 'not base64', 'mesh/seal/v1/x-wing:!!!!'],
  ['benchmark', 'kem_public_key', 'a line feed', `mesh/seal/v1/x25519:${KEY_32}\n`],
  ['benchmark', 'kem_public_key', 'too long', `mesh/seal/v1/x-wing:${'A'.repeat(2029)}`],
  ['benchmark', 'notes', 'a lone surrogate', 'a\ud800'],
  ['benchmark', 'notes', 'too long', 'x'.repeat(2049)],
  ['benchmark', 'signature', 'missing', undefined],
  ['benchmark', 'signature', '63 bytes', encodeBase64(new Uint8Array(63))],

  ...ids('enrolment', 'node_id'),
  ['enrolment', 'token', 'a line feed', 'meshjoin1.AAAAAAAAAAAA\n'],
  ['enrolment', 'token', 'too long', 'x'.repeat(513)],
  ['enrolment', 'challenge_id', 'short', 'A'],
  ['enrolment', 'challenge_id', 'prototype-like with a slash', '../../../../../../x'],
  ['enrolment', 'csr_pem', 'empty', ''],
  ['enrolment', 'csr_pem', 'a control character', '-----BEGIN\u001b'],
  ['enrolment', 'csr_pem', 'too long', 'x'.repeat(8193)],
  ...keys('enrolment', 'identity_key'),
  ...wgKeys('enrolment', 'wg_public_keys/a'),
  ...keys('enrolment', 'wg_proofs/a'),
  ['enrolment', 'wg_public_keys/c', 'a third slot', KEY_32],
  ['enrolment', 'wg_public_keys', 'no slot', {}],
  ['enrolment', 'endpoint/advertise', 'nine addresses', Array(9).fill('192.0.2.1')],
  ...[
    'example.org',
    '192.0.2.1:51820',
    '192.0.2.256',
    '0300.0.2.1',
    '192.0.2.1\nEndpoint = x',
    '[2001:db8::1]',
    'fe80::1%eth0',
    '::1]:1/[x',
    '2001:db8::1::2',
    '',
    ' 192.0.2.1',
  ].map((text): Bad => ['enrolment', 'endpoint/advertise', JSON.stringify(text), [text]]),

  ['endpoint', 'listen_ports/a', 'zero', 0],
  ['endpoint', 'listen_ports/a', 'too large', 65_536],
  ['endpoint', 'listen_ports/a', 'a string', '51820'],
  ['endpoint', 'listen_ports/b', 'a fraction', 1.5],
  ['endpoint', 'advertise', 'a string', '192.0.2.1'],
  ...counters('endpoint', 'sequence'),
  ...wgKeys('key_rotation', 'wg_public_keys/b'),
  ['key_rotation', 'wg_proofs', 'missing', undefined],
  ['key_rotation', 'challenge_id', 'missing', undefined],
  ...counters('leave', 'sequence'),
  ['leave', 'instance_id', 'missing', undefined],

  ...counters('applied', 'epoch_id'),
  ['applied', 'peers', '4097 of them', Array(4097).fill(GOOD.applied.body.peers[0])],
  ['applied', 'peers/0/handshake_age_ms', 'negative', -1],
  ['applied', 'peers/0/handshake_age_ms', 'missing', undefined],
  ['applied', 'peers/0/node_id', 'dot segments', '..'],
  ['applied', 'peers/0/extra', 'an unknown key', 1],

  ...ids('removal notice', 'mesh_id'),
  ...ids('removal notice', 'removed/0'),
  ...ids('removal notice', 'except/0'),
  ...keys('removal notice', 'log_head/root_hash'),
  ['removal notice', 'class', 'missing', undefined],
  ['removal notice', 'class', 'a list', ['default']],
  ['removal notice', 'class', 'too long', 'x'.repeat(65)],
  ['removal notice', 'base', 'missing', undefined],
  ['removal notice', 'base', 'empty', ''],
  ['removal notice', 'version', 'missing', undefined],
  ['removal notice', 'version', 'a line feed', '7.42\n'],
  ['removal notice', 'removed', 'missing', undefined],
  ['removal notice', 'except', 'missing', undefined],
  ['removal notice', 'except', 'null', null],
  ['removal notice', 'epoch_id', 'zero', 0],
  ['removal notice', 'server_time_ms', 'a fraction', 0.5],
  ['removal notice', 'lease_seconds', 'no time at all', 0],
  ['removal notice', 'lease_seconds', 'more than a month', 31 * 86_400 + 1],
  ['removal notice', 'signature', 'missing', undefined],
  ['removal notice', 'node_id', 'the name of one node', 'node-a'],
  ['removal notice', 'allowed', 'a word about one node', true],
  ['removal notice', 'added', 'new peers', []],
  ['removal notice', 'keys', 'keys', { suite: 'none' }],
  ['config', 'class', 'too long', 'x'.repeat(65)],
  ['config delta', 'class', 'told in a delta', 'default'],
  ['batched config', 'batch', 'null', null],
  ['batched config', 'batch/size', 'a batch of one', 1],
  ['batched config', 'batch/size', 'more than 1,024', 1025],
  ['batched config', 'batch/size', 'a text', '3'],
  ['batched config', 'batch/size', 'missing', undefined],
  ['batched config', 'batch/index', 'negative', -1],
  ['batched config', 'batch/index', 'a fraction', 0.5],
  ['batched config', 'batch/index', 'more than 1,023', 1024],
  ['batched config', 'batch/index', 'missing', undefined],
  ['batched config', 'batch/path', 'empty', []],
  ['batched config', 'batch/path', '11 hashes', Array(11).fill(KEY_32)],
  ['batched config', 'batch/path', 'missing', undefined],
  ...keys('batched config', 'batch/path/0'),
  ['batched config', 'batch/root', 'one more field', KEY_32],
  ['removal notice', 'batch', 'in a notice', { size: 2, index: 0, path: [KEY_32] }],
  ['config', 'version', 'empty', ''],
  ['config', 'version', 'a space', '7 42'],
  ['config', 'version', 'a line feed', '7.42\n'],
  ['config', 'allowed', 'a string', 'false'],
  ['config', 'lease_seconds', 'negative', -1],
  ['config', 'lease_seconds', 'no time at all', 0],
  ['config', 'lease_seconds', 'more than a month', 31 * 86_400 + 1],
  ['config', 'lease_seconds', 'missing', undefined],
  ['config', 'server_time_ms', 'beyond the year 9999', 253_402_300_800_000],
  ['config', 'server_time_ms', 'a fraction', 0.5],
  ['config', 'log_head/root_hash', 'short', 'AAAA'],
  ['config', 'interface/mtu', 'too small', 575],
  ['config', 'interface/addresses', 'none', []],
  ['config', 'peers/0/allowed_ips', 'none', []],
  ['config', 'peers/0/allowed_ips', '65 of them', Array(65).fill('10.77.0.2/32')],
  ['config', 'peers/0/endpoint', 'missing', undefined],
  ...keys('config', 'peers/0/public_keys/b'),
  ['config', 'peers/0/endpoint_b', 'a number', 51_821],
  ['config', 'rotation', 'another kind', 'sometimes'],
  ['config', 'lead_ms', 'zero', 0],
  ['config', 'lead_ms', 'a fraction', 0.5],
  ['config', 'peers/0/limit', 'an unknown unit', { bytes: 1 }],
  ...keys('config', 'peers/0/public_keys/a'),
  ['config', 'keys/suite', 'another suite', 'hpke'],
  ['config', 'keys/sealed', 'sealed beside the clear', 'AAAA'],
  ['sealed config', 'keys/suite', 'another version', 'mesh/seal/v2/x25519'],
  ['sealed config', 'keys/suite', 'one whose enc is longer', 'mesh/seal/v1/x-wing'],
  ...keys('sealed config', 'keys/enc'),
  ['sealed config', 'keys/epoch_id', 'missing', undefined],
  ['sealed config', 'keys/epoch_id', 'zero', 0],
  ['sealed config', 'keys/sequence', 'missing', undefined],
  ['sealed config', 'keys/sequence', 'negative', -1],
  ['sealed config', 'keys/sequence', 'a fraction', 0.5],
  ['sealed config', 'keys/sequence', '2^53', 2 ** 53],
  ['sealed config', 'keys/sequence', 'a string', '0'],
  ['sealed config', 'keys/kem_key_id', 'missing', undefined],
  ['sealed config', 'keys/kem_key_id', 'padded', 'q83vEjRWeJCrze8SNFZ4kA=='],
  ['sealed config', 'keys/sealed', 'not base64', 'AA_A'],
  ['sealed config', 'keys/sealed', 'empty', ''],
  ['sealed config', 'keys/current', 'the clear beside the sealed', { epoch_id: 7, psks: {} }],
  ['config', 'keys/current/psks/..', 'a peer that is no node id', KEY_32],
  ...keys('config', 'keys/next/psks/node-b'),
  ['config', 'keys/next/activate_at', 'missing', undefined],
  ['config', 'signature', 'missing', undefined],
  ['config', 'base', 'that of a delta', '7.41'],
  ['config delta', 'base', 'missing', undefined],
  ['config delta', 'removed', 'an id that is none', ['..']],
  ['config delta', 'added', 'missing', undefined],
  ['config delta', 'peers', 'those of a full config', []],

  ['receipt', 'message_sha256', 'base64', KEY_32],
  ['receipt', 'log_index', 'negative', -1],
  ...keys('receipt', 'leaf_hash'),
  ['officer request', 'request_id', 'no UUID', 'revoke-1'],
  ['officer request', 'request_id', 'a trailing line feed', '0190c3d2-7b1e-4000-8000-000000000001\n'],
  ...lines('officer request', 'reason'),
  ['officer request', 'reason', 'empty', ''],
  ['officer request', 'reason', 'too long', 'x'.repeat(513)],
  ...times('officer request', 'not_before'),
  ...times('officer request', 'expires_at'),
  ...ids('officer request', 'parameters/node_id'),
  ['officer request', 'kind', 'unknown', 'node.praise'],
  ['officer request', 'kind', 'a name of every object', 'constructor'],
  ['officer request', 'kind', 'that of other parameters', 'policy.replace'],
  ['officer request', 'parameters/force', 'unknown', true],
  ['officer request', 'parameters', 'missing', undefined],
  ['officer request', 'state', 'no digest', 'active'],
  ['officer request', 'state', 'upper case', `sha256:${'AB'.repeat(32)}`],
  ['officer request', 'required', 'zero', 0],
  ['officer request', 'required', '65', 65],
  ['officer request', 'signature', 'one within the signed text', KEY_32],
  ['class request', 'parameters/class', 'upper case', 'GPU'],
  ['class request', 'parameters/class', 'missing', undefined],
  ['officers request', 'parameters/officers', 'empty', []],
  ['officers request', 'parameters/required', 'more than there are', 2],
  ['officers request', 'parameters/officers/0/name', 'a line feed', 'alice\n'],
  ['officers request', 'parameters/officers/0/public_key', 'no point', KEY_32],
  ['policy request', 'parameters/proposed', 'missing', undefined],
  ...keys('signed request', 'signatures/0/officer_key'),
  ['signed request', 'signatures', '65 of them', Array(65).fill(GOOD['signed request'].body.signatures[0])],
  ['signed request', 'signatures/0/name', 'unknown', 'alice'],
  ['request draft', 'parameters/node_id', 'missing', undefined],
  ['request draft', 'kind', 'unknown', 'node.praise'],
  ...times('maintenance', 'until'),
  ['maintenance', 'node_id', 'that of another request', 'node-a'],

  ['create token', 'uses', 'zero', 0],
  ['create token', 'uses', '10001', 10_001],
  ['create token', 'ttl_seconds', '59', 59],
  ['create token', 'ttl_seconds', 'more than 30 days', 30 * 86_400 + 1],
  ['create token', 'class', 'a line feed', 'gpu\n'],
  ['create token', 'class', 'upper case', 'GPU'],
  ['create token', 'class', 'an underscore', 'gpu_large'],
  ['create token', 'class', 'a dash at its end', 'gpu-'],
  ['create token', 'class', '33 characters', 'x'.repeat(33)],
  ['create token', 'node_id', 'dot segments', '..'],
  ['quarantine', 'for_seconds', '59', 59],
  ['quarantine', 'for_seconds', 'more than 30 days', 30 * 86_400 + 1],
  ['quarantine', 'reason', 'missing', undefined],
  ...lines('standing', 'reason'),
  ['standing', 'reason', 'empty', ''],
  ['standing', 'reason', 'missing', undefined],
];

describe.each(GOOD_LIST)('$name', ({ schema, body }) => {
  it('a good one is accepted, and passed on unchanged', () => {
    expect(schema.parse(body)).toEqual(body);
  });

  it('an unknown key is refused', () => {
    expect(schema.safeParse({ ...body, extra: 1 }).success).toBe(false);
  });

  it('an own key named __proto__ is refused', () => {
    const text = JSON.stringify(body).replace('{', '{"__proto__":{"allowed":true},');
    expect(schema.safeParse(JSON.parse(text)).success).toBe(false);
  });

  it.each([null, undefined, [], 'text', 7, true])('%o is refused', (value) => {
    expect(schema.safeParse(value).success).toBe(false);
  });
});

it.each(BAD)('%s: %j that is %s is refused', (name, path, _what, value) => {
  const parsed = GOOD[name].schema.safeParse(broken(name, path, value));
  expect(parsed.success).toBe(false);
});

describe('an error does not repeat what a stranger sent', () => {
  it('the join token is not repeated', () => {
    const secret = 'meshjoin1.AAAAAAAAAAAA.very-secret\n';
    const parsed = GOOD.enrolment.schema.safeParse(broken('enrolment', 'token', secret));
    expect(JSON.stringify(parsed.error?.issues)).not.toContain('very-secret');
  });
});

describe('limits that must hold on both sides', () => {
  it.each([
    ['benchmark', 'scores/overall', 0],
    ['benchmark', 'scores/overall', 1],
    ['benchmark', 'sequence', Number.MAX_SAFE_INTEGER],
    ['benchmark', 'suite_version', 'ünï–é 😀 (v1)'],
    ['benchmark', 'notes', 'a\nb \u2028 c'],
    ['benchmark', 'scores/tostring', 0.5],
    ['removal notice', 'removed', []],
    ['removal notice', 'except', []],
    ['removal notice', 'challenge', undefined],
    ['config', 'class', 'default'],
    ['config', 'lease_seconds', 1],
    ['config', 'lease_seconds', 31 * 86_400],
    ['config', 'keys', undefined],
    ['config', 'keys/current', undefined],
    ['config', 'keys/current/psks/constructor', KEY_32],
    ['config', 'peers/0/endpoint', null],
    ['config delta', 'removed', []],
    ['officer request', 'reason', 'x'.repeat(512)],
  ] as const)('%s: %s may be %o', (name, path, value) => {
    expect(GOOD[name].schema.safeParse(broken(name, path, value)).error).toBeUndefined();
  });

  it('64 metrics are accepted', () => {
    const sixtyFour = Object.fromEntries([['overall', 0.5], ...Object.entries(MANY_METRICS).slice(0, 63)]);
    expect(Object.keys(sixtyFour)).toHaveLength(64);
    expect(GOOD.benchmark.schema.safeParse(broken('benchmark', 'scores', sixtyFour)).success).toBe(true);
  });

  it('a config of a thousand peers is read', () => {
    const [peer] = GOOD.config.body.peers;
    const peers = Array.from({ length: 1000 }, (_, i) => ({ ...peer, node_id: `node-${i}` }));
    const psks = Object.fromEntries(peers.map(({ node_id }) => [node_id, KEY_32]));
    const keysOfAll = { suite: 'none', next: { ...GOOD.config.body.keys.next, psks } };
    const body = { ...GOOD.config.body, peers, keys: keysOfAll };
    expect(GOOD.config.schema.parse(body)).toEqual(body);
  });
});

describe('an answer to a config query', () => {
  it('is a delta if and only if it names its base', () => {
    expect(isDelta(configAnswer.parse(GOOD.config.body))).toBe(false);
    expect(isDelta(configAnswer.parse(GOOD['config delta'].body))).toBe(true);
  });

  it('is a notice if and only if it names no node, and only where notices are asked for', () => {
    expect(isRemovalNotice(configOrNotice.parse(GOOD['removal notice'].body))).toBe(true);
    expect(isRemovalNotice(configOrNotice.parse(GOOD.config.body))).toBe(false);
    expect(isRemovalNotice(configOrNotice.parse(GOOD['config delta'].body))).toBe(false);
    expect(configAnswer.safeParse(GOOD['removal notice'].body).success).toBe(false);
    const both = { ...GOOD['config delta'].body, ...GOOD['removal notice'].body };
    expect(configOrNotice.safeParse(both).success).toBe(false);
  });

  it('cannot be both', () => {
    const both = { ...GOOD.config.body, ...GOOD['config delta'].body };
    expect(configAnswer.safeParse(both).success).toBe(false);
  });
});
