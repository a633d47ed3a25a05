import { encodeBase64, equalBytes } from '@mesh/primitives';
import { describe, expect, it } from 'vitest';
import { proveConsistency, subtreesOver, verifyConsistency } from '../../src/index.ts';
import { equalEntries, flipped, leafOf, numbered, rootOf } from '../support/log.ts';
import vectors from '../vectors/merkle.json' with { type: 'json' };

const claimOf = (oldSize: number, newSize: number) => ({
  oldSize,
  oldRoot: rootOf(oldSize),
  newSize,
  newRoot: rootOf(newSize),
  proof: proveConsistency(oldSize, newSize, numbered),
});

describe('merkle.json', () => {
  it.each(vectors.consistency)('from $old to $new', ({ old, new: now, proof }) => {
    expect(proveConsistency(old, now, numbered).map(encodeBase64)).toEqual(proof);
  });
});

describe('a consistency proof', () => {
  it('verifies between all sizes up to 40, and neither with a smaller old size nor the other way round', () => {
    for (let now = 0; now <= 40; now++) {
      for (let old = 0; old <= now; old++) {
        const claim = claimOf(old, now);
        expect(verifyConsistency(claim)).toBe(true);
        if (old < now && old > 0) {
          expect(verifyConsistency({ ...claim, oldSize: old - 1 })).toBe(false);
          expect(verifyConsistency({ ...claim, oldSize: now, newSize: old })).toBe(false);
        }
      }
    }
  });

  it.each([
    [1, 2],
    [2, 3],
    [3, 7],
    [4, 7],
    [6, 7],
    [8, 13],
    [5, 64],
  ])('is refused with any single bit changed: from %i to %i', (old, now) => {
    const claim = claimOf(old, now);
    for (const oldRoot of flipped(claim.oldRoot))
      expect(verifyConsistency({ ...claim, oldRoot })).toBe(false);
    for (const newRoot of flipped(claim.newRoot))
      expect(verifyConsistency({ ...claim, newRoot })).toBe(false);
    for (const [at, hash] of claim.proof.entries())
      for (const other of flipped(hash))
        expect(verifyConsistency({ ...claim, proof: claim.proof.with(at, other) })).toBe(false);
  });

  it('is refused with a hash more or less, or with hashes changed round', () => {
    for (const [old, now] of [
      [3, 7],
      [4, 8],
      [6, 13],
      [7, 40],
    ] as const) {
      const claim = claimOf(old, now);
      const { proof } = claim;
      for (const other of [
        ...proof.map((_, at) => proof.toSpliced(at, 1)),
        ...proof.map((_, at) => proof.toSpliced(at, 0, leafOf(99))),
        [...proof, claim.newRoot],
        [claim.oldRoot, ...proof],
        [],
        proof.map((hash) => hash.subarray(1)),
        ...(proof.length > 1 ? [proof.toReversed()] : []),
      ])
        expect(verifyConsistency({ ...claim, proof: other })).toBe(false);
    }
  });

  it('shows no rewriting: a tree with another entry anywhere before the old size has no proof that verifies', () => {
    const [old, now] = [11, 29];
    const claim = claimOf(old, now);
    for (let rewritten = 0; rewritten < old; rewritten++) {
      const forked = subtreesOver((index) => leafOf(index === rewritten ? 1_000 : index));
      const proof = proveConsistency(old, now, forked);
      const newRoot = rootOf(now, forked);
      expect(equalBytes(newRoot, claim.newRoot)).toBe(false);
      expect(verifyConsistency({ ...claim, newRoot, proof })).toBe(false);
      // The forked tree itself is in order: the proof between its own heads holds.
      expect(verifyConsistency({ ...claim, oldRoot: rootOf(old, forked), newRoot, proof })).toBe(true);
    }
  });

  it('between equal sizes, and from the empty tree, is empty', () => {
    expect(verifyConsistency(claimOf(7, 7))).toBe(true);
    expect(verifyConsistency(claimOf(0, 7))).toBe(true);
    expect(verifyConsistency(claimOf(0, 0))).toBe(true);
    expect(verifyConsistency({ ...claimOf(7, 7), proof: [leafOf(0)] })).toBe(false);
    expect(verifyConsistency({ ...claimOf(0, 7), proof: [leafOf(0)] })).toBe(false);
    expect(verifyConsistency({ ...claimOf(7, 7), oldRoot: leafOf(0) })).toBe(false);
    expect(verifyConsistency({ ...claimOf(0, 7), oldRoot: leafOf(0) })).toBe(false);
  });

  it.each([
    [2 ** 31 + 5, 2 ** 32 + 1],
    [2 ** 40, 2 ** 40 + 12_345],
    [12_345, 2 ** 53 - 1],
  ])('reaches from %i to %i', (oldSize, newSize) => {
    const read = equalEntries();
    const proof = proveConsistency(oldSize, newSize, read);
    expect(proof.length).toBeLessThanOrEqual(54);
    const claim = { oldSize, oldRoot: rootOf(oldSize, read), newSize, newRoot: rootOf(newSize, read), proof };
    expect(verifyConsistency(claim)).toBe(true);
    expect(verifyConsistency({ ...claim, newRoot: leafOf(1) })).toBe(false);
  });

  it.each([
    [3, 2],
    [-1, 2],
    [0.5, 2],
    [1, 2 ** 53],
    [Number.NaN, 2],
  ])('is not made from %d to %d', (old, now) => {
    expect(() => proveConsistency(old, now, numbered)).toThrow(
      expect.objectContaining({ code: 'out_of_range' }),
    );
    expect(verifyConsistency({ ...claimOf(1, 2), oldSize: old, newSize: now })).toBe(false);
  });
});
