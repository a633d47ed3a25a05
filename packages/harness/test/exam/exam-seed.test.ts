import { createHash, hkdfSync } from 'node:crypto';
import { toHex } from '@mesh/primitives';
import { describe, expect, it } from 'vitest';
import { challengeDigest, examIdOf, examSeed } from '../../src/index.ts';
import { bytesOf, exampleDraw } from './example-pool.ts';

const lp = (text: string) => Buffer.concat([Buffer.from([0, text.length]), Buffer.from(text)]);
const u64 = (number: number) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(number));
  return bytes;
};

describe('the seed of an exam', () => {
  it('is HKDF-SHA256 as node:crypto has it, over the challenge, the head, the pool, the node and the epoch', () => {
    const { challenge, head, poolRoot } = exampleDraw();
    const ikm = Buffer.concat([challenge, u64(head.size), head.root]);
    const info = Buffer.concat([lp('mesh/exam/v1/draw'), lp('demo'), lp('node-004'), u64(12)]);
    const seed = Buffer.from(hkdfSync('sha256', ikm, poolRoot, info, 32));
    expect(toHex(examSeed(exampleDraw()))).toBe(seed.toString('hex'));
  });

  it('names the exam without giving itself away', () => {
    const seed = examSeed(exampleDraw());
    expect(examIdOf(seed)).toMatch(/^[0-9a-f]{32}$/);
    expect(toHex(seed)).not.toContain(examIdOf(seed));
  });

  it('has a challenge that its SHA-256 promises', () => {
    expect(challengeDigest(bytesOf(1))).toBe(createHash('sha256').update(bytesOf(1)).digest('hex'));
  });

  it.each([
    ['a short challenge', { challenge: new Uint8Array(31) }],
    ['a long root of the pool', { poolRoot: new Uint8Array(33) }],
    ['no root of the head', { head: { size: 1, root: new Uint8Array() } }],
  ])('of %s is refused', (_what, changes) => {
    expect(() => examSeed(exampleDraw(changes))).toThrow(expect.objectContaining({ code: 'invalid_draw' }));
  });

  it.each([-1, 0.5, 2 ** 53])('of a head over %d entries is refused', (size) => {
    expect(() => examSeed(exampleDraw({ head: { size, root: bytesOf(2) } }))).toThrow(
      expect.objectContaining({ code: 'out_of_range' }),
    );
  });
});
