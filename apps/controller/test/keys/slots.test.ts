// Values are found by the number that they were given, and numbers are used again.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Slots } from '../../src/keys/slots.ts';

describe('slots', () => {
  it('hold what was added and not taken, each under a number of its own', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.nat(9), { nil: undefined }), { maxLength: 60 }), (steps) => {
        const slots = new Slots<{ value: number }>();
        const held = new Map<number, { value: number }>();
        for (const [at, step] of steps.entries()) {
          if (step === undefined) {
            const number = slots.add({ value: at });
            expect(held.has(number)).toBe(false);
            held.set(number, { value: at });
          } else {
            expect(slots.take(step)).toEqual(held.get(step));
            held.delete(step);
          }
          expect(slots.size).toBe(held.size);
        }
        expect(new Set(slots.all())).toEqual(new Set(held.values()));
      }),
    );
  });

  it('use numbers again, and keep nothing of what was taken', () => {
    const slots = new Slots<object>();
    const numbers = new Set<number>();
    for (let times = 0; times < 1_000; times++) {
      const number = slots.add({});
      numbers.add(number);
      slots.take(number);
    }
    expect(numbers.size).toBe(1);
    expect(slots.all()).toEqual([]);
  });
});
