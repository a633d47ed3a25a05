// The order of turns: one turn each that does not count, then A B A B.

import { describe, expect, it } from 'vitest';
import { interleave } from '../src/interleave.ts';

describe('interleaving', () => {
  it('gives every contender one turn per round, in order, after one that does not count', async () => {
    const turns: string[] = [];
    const contender = (name: string) => ({
      name,
      run: async () => {
        turns.push(name);
        return turns.length;
      },
    });
    const announced: string[] = [];
    const results = await interleave([contender('a'), contender('b')], 3, (name, round, rounds) =>
      announced.push(`${name} ${round}/${rounds}`),
    );
    expect(turns.join(' ')).toBe('a b a b a b a b');
    expect([...results]).toEqual([
      ['a', [3, 5, 7]],
      ['b', [4, 6, 8]],
    ]);
    expect(announced).toEqual(['a 1/3', 'b 1/3', 'a 2/3', 'b 2/3', 'a 3/3', 'b 3/3']);
  });

  it('ends with the first failure', async () => {
    const failing = { name: 'a', run: () => Promise.reject(new Error('broken')) };
    await expect(interleave([failing], 1, () => undefined)).rejects.toThrow('broken');
  });

  it.each([[0], [1.5]])('refuses %d rounds', async (rounds) => {
    await expect(interleave([], rounds, () => undefined)).rejects.toThrow(RangeError);
  });

  it('refuses two contenders with the same name', async () => {
    const same = { name: 'a', run: () => 1 };
    await expect(interleave([same, same], 1, () => undefined)).rejects.toThrow(RangeError);
  });
});
