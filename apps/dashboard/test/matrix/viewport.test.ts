// The part of the matrix that is on the screen stays on the matrix, whatever is done with it.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { cellAt, clamp, reveal, whole, zoom } from '../../src/matrix/viewport.ts';

const size = fc.integer({ min: 1, max: 2_000 });
const part = fc.double({ min: 0, max: 1, noNaN: true });
const steps = fc.array(fc.tuple(fc.constantFrom('zoom', 'reveal', 'move'), part, part, part), {
  maxLength: 30,
});

it('any steps keep the view within the matrix, and every point of it is a cell', () => {
  fc.assert(
    fc.property(size, steps, (cells, taken) => {
      let view = whole(cells);
      for (const [step, a, b, c] of taken) {
        if (step === 'zoom') view = zoom(view, cells, 0.5 + a, b, c);
        else if (step === 'move')
          view = clamp({ ...view, left: view.left + a * 99 - 50, top: b * 999 }, cells);
        else view = reveal(view, cells, Math.floor(a * (cells - 1)), Math.floor(b * (cells - 1)));
        for (const edge of [view.left, view.top]) {
          expect(edge).toBeGreaterThanOrEqual(0);
          expect(edge + view.span).toBeLessThanOrEqual(cells + 1e-6);
        }
        const { row, column } = cellAt(view, cells, a, b);
        for (const cell of [row, column]) expect(cell >= 0 && cell < cells).toBe(true);
      }
    }),
  );
});

it('a point that is zoomed at stays where it is, and a cell that is revealed is in view', () => {
  const view = zoom(whole(1_000), 1_000, 0.1, 0.25, 0.75);
  expect(view).toEqual({ left: 225, top: 675, span: 100 });
  expect(cellAt(view, 1_000, 0.25, 0.75)).toEqual(cellAt(whole(1_000), 1_000, 0.25, 0.75));
  expect(reveal(view, 1_000, 0, 999)).toEqual({ left: 900, top: 0, span: 100 });
});
