import { inspect } from 'node:util';
import { parseEpochId, parseMeshId, parseNodeId } from '@mesh/primitives';
import { describe, expect, it } from 'vitest';
import {
  commitEpochSecret,
  deriveEpochKey,
  deriveNodeKey,
  derivePairPsks,
  EpochSecret,
  type KeyedHmac,
  type PskHash,
  portableHash,
  singleHmacPsk,
} from '../src/index.ts';

const ids = { meshId: parseMeshId('demo'), epochId: parseEpochId(1) };
const nodeId = parseNodeId('a');
const self = { nodeId, publicKey: new Uint8Array(32) };
const disposed = expect.objectContaining({ code: 'disposed' });

/** The portable hash. It also records the keys that it gets and the states that it makes and destroys. */
function watched(): { hash: PskHash; keys: Uint8Array[]; destroyed: () => number; made: () => number } {
  const keys: Uint8Array[] = [];
  let made = 0;
  let destroyed = 0;
  const hash: PskHash = {
    sha256: portableHash.sha256,
    keyHmac(key): KeyedHmac {
      keys.push(key);
      made += 1;
      const inner = portableHash.keyHmac(key);
      return {
        tagInto: (message, into) => inner.tagInto(message, into),
        destroy: () => {
          destroyed += 1;
          inner.destroy();
        },
      };
    },
  };
  return { hash, keys, destroyed: () => destroyed, made: () => made };
}

describe('EpochSecret', () => {
  it.each([0, 16, 31, 33, 64])('%i bytes are refused', (length) => {
    expect(() => EpochSecret.own(new Uint8Array(length))).toThrow(
      expect.objectContaining({ code: 'wrong_length' }),
    );
  });

  it('zeroes its bytes at the end of its scope', () => {
    const bytes = new Uint8Array(32).fill(0xa7);
    {
      using epochSecret = EpochSecret.own(bytes);
      expect(epochSecret.use((lent) => lent[0])).toBe(0xa7);
    }
    expect(bytes).toEqual(new Uint8Array(32));
  });

  it('refuses every derivation afterwards', () => {
    const epochSecret = EpochSecret.own(new Uint8Array(32).fill(1));
    epochSecret.dispose();
    epochSecret.dispose();
    expect(() => epochSecret.use(() => 1)).toThrow(disposed);
    expect(() => deriveEpochKey({ ...ids, epochSecret })).toThrow(disposed);
    expect(() => commitEpochSecret({ ...ids, epochSecret })).toThrow(disposed);
    expect(() => singleHmacPsk(epochSecret, nodeId)).toThrow(disposed);
  });
});

describe('EpochKey', () => {
  it('outlives the epoch secret, and refuses derivations after its own disposal', () => {
    const epochSecret = EpochSecret.own(new Uint8Array(32).fill(1));
    const epochKey = deriveEpochKey({ ...ids, epochSecret });
    epochSecret.dispose();
    expect(deriveNodeKey(epochKey, nodeId)).toHaveLength(32);
    epochKey.dispose();
    epochKey.dispose();
    expect(() => deriveNodeKey(epochKey, nodeId)).toThrow(disposed);
    expect(() => derivePairPsks(epochKey, self, [])).toThrow(disposed);
  });

  it('leaves no unkeyed copy: the derived key is wiped once, and only the epoch state stays until disposal', () => {
    const { hash, keys, made, destroyed } = watched();
    const epochKey = deriveEpochKey(
      { ...ids, epochSecret: EpochSecret.own(new Uint8Array(32).fill(1)) },
      hash,
    );
    // The first key is the public salt, the second the epoch key itself.
    expect(keys[0]?.some((byte) => byte !== 0)).toBe(true);
    expect(keys[1]).toEqual(new Uint8Array(32));
    expect([made(), destroyed()]).toEqual([2, 1]);
    epochKey.dispose();
    expect([made(), destroyed()]).toEqual([2, 2]);
  });

  it('singleHmacPsk destroys its state', () => {
    const { hash, made, destroyed } = watched();
    singleHmacPsk(EpochSecret.own(new Uint8Array(32).fill(1)), nodeId, hash);
    expect([made(), destroyed()]).toEqual([1, 1]);
  });
});

describe('printing', () => {
  const epochSecret = EpochSecret.own(new Uint8Array(32).fill(0xa7));
  const epochKey = deriveEpochKey({ ...ids, epochSecret });

  it.each([
    ['EpochSecret', epochSecret],
    ['EpochKey', epochKey],
  ])('%s shows [secret] and nothing else', (_name, secret) => {
    expect(String(secret)).toBe('[secret]');
    expect(JSON.stringify({ secret })).toBe('{"secret":"[secret]"}');
    expect(inspect({ secret }, { showHidden: true, depth: 9 })).toBe('{ secret: [secret] }');
  });
});
