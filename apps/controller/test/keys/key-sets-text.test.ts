// The keys as they are written for sealing equal the canonical JSON of the same value.

import { canonicalJson, encodeBase64, type JsonValue, parseEpochId, parseNodeId } from '@mesh/primitives';
import { sealedKeySets } from '@mesh/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { writeKeySets } from '../../src/keys/key-sets-text.ts';

const psk = fc.uint8Array({ minLength: 32, maxLength: 32 });
const set = (withTime: boolean) =>
  fc
    .record({
      epochId: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }).map(parseEpochId),
      psks: fc.dictionary(fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,20}[a-z0-9]$/), psk, { maxKeys: 6 }),
    })
    .map(({ epochId, psks }) => ({
      parts: {
        epochId,
        ...(withTime ? { activateAt: '2030-01-01T12:00:00.000Z' } : {}),
        peerIds: Object.keys(psks).map(parseNodeId),
        psks: Uint8Array.from(Object.values(psks).flatMap((bytes) => [...bytes])),
      },
      json: {
        epoch_id: epochId as number,
        ...(withTime ? { activate_at: '2030-01-01T12:00:00.000Z' } : {}),
        psks: Object.fromEntries(Object.entries(psks).map(([id, bytes]) => [id, encodeBase64(bytes)])),
      },
    }));
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

describe('the keys of a config as bytes', () => {
  it('are the canonical JSON of the keys, in the form that the protocol has', () => {
    fc.assert(
      fc.property(maybe(set(false)), maybe(set(true)), (current, next) => {
        const text = new TextDecoder().decode(
          writeKeySets({
            ...(current === undefined ? {} : { current: current.parts }),
            ...(next === undefined ? {} : { next: next.parts }),
          }),
        );
        const json: JsonValue = {
          ...(current === undefined ? {} : { current: current.json }),
          ...(next === undefined ? {} : { next: next.json }),
        };
        expect(text).toBe(canonicalJson(json));
        expect(sealedKeySets.parse(JSON.parse(text))).toEqual(json);
      }),
    );
  });

  it('are refused if a key is missing', () => {
    const parts = {
      epochId: parseEpochId(1),
      peerIds: ['a', 'b'].map(parseNodeId),
      psks: new Uint8Array(32),
    };
    expect(() => writeKeySets({ current: parts })).toThrow(RangeError);
  });
});
