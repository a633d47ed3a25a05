// The node's key-encapsulation keys: the last two open, older ones never again, and nothing but the right thing opens.

import { platformX25519 } from '@mesh/host';
import { encodeBase64, parseMeshId, parseNodeId } from '@mesh/primitives';
import { SEAL_SUITES } from '@mesh/seal';
import { describe, expect, it } from 'vitest';
import { KemKeys } from '../src/uplink/kem-keys.ts';
import { newKemKeys, random32 } from './agent-fixtures.ts';
import { sealKeys } from './seal-keys.ts';

const FOR = { meshId: parseMeshId('m'), nodeId: parseNodeId('self'), version: '7.1' };
const PSK = encodeBase64(new Uint8Array(32).fill(5));
const TEXT = `{"current":{"epoch_id":7,"psks":{"node-b":"${PSK}"}}}`;

const renewed = (keys: KemKeys): string => {
  const text = keys.forSubmission();
  keys.acknowledge(text);
  return text;
};

describe.each(SEAL_SUITES)('keys of %s', (suite) => {
  it('open what is sealed to the last two; older ones are gone', () => {
    const keys = new KemKeys({ suite, randomBytes: random32, x25519: platformX25519 });
    const sealed = [renewed(keys), renewed(keys), renewed(keys)].map((key) => sealKeys(key, TEXT, FOR));
    const opened = sealed.map((one) => keys.open(one, FOR));
    expect(opened[0]).toBeUndefined();
    expect(opened[1]).toEqual(JSON.parse(TEXT));
    expect(opened[2]).toEqual(JSON.parse(TEXT));
    keys.dispose();
    expect(sealed.map((one) => keys.open(one, FOR))).toEqual([undefined, undefined, undefined]);
  });
});

describe('what is sealed', () => {
  it.each([
    ['another mesh', { ...FOR, meshId: parseMeshId('n') }],
    ['another node', { ...FOR, nodeId: parseNodeId('other') }],
    ['another version', { ...FOR, version: '7.2' }],
  ])('for %s is not opened', (_what, other) => {
    const keys = newKemKeys();
    const sealed = sealKeys(renewed(keys), TEXT, other);
    expect(keys.open(sealed, FOR)).toBeUndefined();
    expect(keys.open(sealed, other)).toEqual(JSON.parse(TEXT));
  });

  it.each([
    ['not JSON', 'keys'],
    ['no keys', '[]'],
    ['nothing', ''],
    ['a field too many', '{"current":{"epoch_id":7,"psks":{}},"more":1}'],
    ['a preshared key too short', '{"current":{"epoch_id":7,"psks":{"b":"AAAA"}}}'],
  ])('and is %s inside counts as not opened', (_what, text) => {
    const keys = newKemKeys();
    expect(keys.open(sealKeys(renewed(keys), text, FOR), FOR)).toBeUndefined();
  });

  it('and was changed on the way is not opened', () => {
    const keys = newKemKeys();
    const sealed = sealKeys(renewed(keys), TEXT, FOR);
    const changed = { ...sealed, sealed: `${sealed.sealed[0] === 'A' ? 'B' : 'A'}${sealed.sealed.slice(1)}` };
    expect(keys.open(changed, FOR)).toBeUndefined();
    expect(keys.open({ ...sealed, suite: 'mesh/seal/v1/x25519' }, FOR)).toBeUndefined();
  });
});
