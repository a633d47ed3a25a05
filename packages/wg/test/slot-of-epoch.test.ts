import type { EpochId } from '@mesh/primitives';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { slotOfEpoch } from '../src/index.ts';

describe('the slot of an epoch', () => {
  it.each([
    [1, 'b'],
    [2, 'a'],
    [3, 'b'],
    [Number.MAX_SAFE_INTEGER, 'b'],
  ] as const)('of epoch %d is %s', (epochId, slot) => {
    expect(slotOfEpoch(epochId as EpochId)).toBe(slot);
  });

  it('differs from that of the next epoch', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER - 1 }), (epochId) => {
        expect(slotOfEpoch(epochId as EpochId)).not.toBe(slotOfEpoch((epochId + 1) as EpochId));
      }),
    );
  });
});
