// The node's key-encapsulation keys: the last two open configs, older ones never again, and only what belongs
// to the config opens.

import { platformAead, platformX25519 } from '@mesh/host';
import { encodeBase64, parseMeshId, parseNodeId } from '@mesh/primitives';
import { type Aead, SEAL_SUITES } from '@mesh/seal';
import { describe, expect, it } from 'vitest';
import { KemKeys } from '../../src/uplink/keys/kem-keys.ts';
import { newKemKeys, random32 } from '../support/agent-fixtures.ts';
import { keySealer, sealKeys } from '../support/seal-keys.ts';

const FOR = { meshId: parseMeshId('m'), nodeId: parseNodeId('self'), version: '7.1' };
const PSK = encodeBase64(new Uint8Array(32).fill(5));
const TEXT = `{"current":{"epoch_id":7,"psks":{"node-b":"${PSK}"}}}`;

const renewed = (keys: KemKeys): string => {
  const text = keys.forSubmission();
  keys.acknowledge(text);
  return text;
};

describe.each(SEAL_SUITES)('keys of %s', (suite) => {
  it('open what is sealed to the last two keys; older keys are gone', () => {
    const keys = new KemKeys({ suite, randomBytes: random32, x25519: platformX25519, aead: platformAead });
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
  ])('with content that is %s counts as not opened', (_what, text) => {
    const keys = newKemKeys();
    expect(keys.open(sealKeys(renewed(keys), text, FOR), FOR)).toBeUndefined();
  });

  it('and was changed on its way is not opened', () => {
    const keys = newKemKeys();
    const sealed = sealKeys(renewed(keys), TEXT, FOR);
    const changed = { ...sealed, sealed: `${sealed.sealed[0] === 'A' ? 'B' : 'A'}${sealed.sealed.slice(1)}` };
    expect(keys.open(changed, FOR)).toBeUndefined();
    expect(keys.open({ ...sealed, suite: 'mesh/seal/v1/x25519' }, FOR)).toBeUndefined();
  });
});

describe('one encapsulation per epoch', () => {
  /** Counts the costly operations of opening, and remembers the keys that the cipher got. */
  function counting() {
    const counts = { decapsulations: 0 };
    const lent: Uint8Array[] = [];
    const x25519 = {
      ...platformX25519,
      sharedSecretOf: (secret: Uint8Array, publicKey: Uint8Array) => {
        counts.decapsulations += 1;
        return platformX25519.sharedSecretOf(secret, publicKey);
      },
    };
    const aead: Aead = {
      ...platformAead,
      open: (key, ...rest) => {
        lent.push(key);
        return platformAead.open(key, ...rest);
      },
    };
    const keys = new KemKeys({ suite: 'mesh/seal/v1/x25519', randomBytes: random32, x25519, aead });
    return { keys, counts, lent };
  }
  const openedAt = (keys: KemKeys, seal: ReturnType<typeof keySealer>, version: string) =>
    keys.open(seal(TEXT, version), { ...FOR, version });

  it('is decapsulated once, in whatever order its configs come, even repeatedly', () => {
    const { keys, counts } = counting();
    const seal = keySealer(renewed(keys), FOR);
    const sealed = ['7.1', '7.2', '7.3'].map((version) => [version, seal(TEXT, version)] as const);
    for (const [version, one] of [...sealed].reverse().concat(sealed))
      expect(keys.open(one, { ...FOR, version })).toEqual(JSON.parse(TEXT));
    expect(counts.decapsulations).toBe(1);
  });

  it('is not accepted for another: one config’s keys open under no other sequence, epoch, version or encapsulation', () => {
    const { keys } = counting();
    const key = renewed(keys);
    const [seal, other] = [keySealer(key, FOR), keySealer(key, FOR, 8)];
    const [one, two, elsewhere] = [seal(TEXT, '7.1'), seal(TEXT, '7.2'), other(TEXT, '7.1')];
    const at = { ...FOR, version: '7.1' };
    for (const sealed of [
      { ...one, sequence: two.sequence },
      { ...one, epoch_id: elsewhere.epoch_id },
      { ...one, enc: elsewhere.enc },
      { ...one, sealed: two.sealed },
      { ...one, enc: one.enc.slice(4) },
      two,
    ]) {
      expect(keys.open(sealed, at)).toBeUndefined();
    }
    expect(keys.open(one, at)).toEqual(JSON.parse(TEXT));
    expect(keys.open(elsewhere, at)).toEqual(JSON.parse(TEXT));
  });

  it('is forgotten with its key, and if there are too many', () => {
    const { keys, counts, lent } = counting();
    const first = renewed(keys);
    const seals = [7, 8, 9, 10, 11].map((epoch) => keySealer(first, FOR, epoch));
    for (const seal of seals) expect(openedAt(keys, seal, '7.1')).toBeDefined();
    expect(counts.decapsulations).toBe(5);
    const isZero = (key: Uint8Array) => key.every((byte) => byte === 0);
    expect(lent.map(isZero)).toEqual([true, false, false, false, false]);
    for (const seal of seals.slice(1)) expect(openedAt(keys, seal, '7.2')).toBeDefined();
    expect(counts.decapsulations).toBe(5);
    renewed(keys);
    expect(lent.map(isZero).filter(Boolean)).toHaveLength(1);
    renewed(keys);
    expect(lent.every(isZero)).toBe(true);
  });

  it('leaves nothing behind if it opens nothing', () => {
    const { keys, lent } = counting();
    const sealed = keySealer(renewed(keys), FOR)(TEXT, '7.1');
    expect(keys.open(sealed, { ...FOR, version: '7.2' })).toBeUndefined();
    expect(lent).toHaveLength(1);
    expect(lent.every((key) => key.every((byte) => byte === 0))).toBe(true);
  });
});
