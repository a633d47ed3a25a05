// The matrix as a picture of one dot for each pair, kept beside the screen. A report repaints its row and its
// column; drawing the screen is then one scaled copy, whatever the number of nodes.

import { standingOf } from '../live/counts.ts';
import type { MeshModel } from '../live/mesh-model.ts';
import { pairState } from './pair-state.ts';
import { type Ground, PAIR_COLOURS, STANDING_COLOURS } from './palette.ts';

export class MatrixImage {
  readonly canvas = document.createElement('canvas');
  #pixels = new ImageData(1, 1);
  #size = 0;
  #cursor = 0;

  get size(): number {
    return this.#size;
  }

  paintAll(model: MeshModel, ground: Ground, controllerNowMs: number): void {
    this.#size = model.order.length;
    const side = Math.max(1, this.#size);
    this.canvas.width = side;
    this.canvas.height = side;
    this.#pixels = new ImageData(side, side);
    for (let row = 0; row < this.#size; row += 1) this.#paintRow(model, ground, row, controllerNowMs);
    this.#put(0, side);
  }

  /** @param changed numbers of nodes whose reports or standings are new */
  paintChanged(
    model: MeshModel,
    ground: Ground,
    changed: ReadonlySet<number>,
    controllerNowMs: number,
  ): void {
    for (const n of changed) {
      const at = model.positionOf(n);
      if (at === undefined) continue;
      this.#paintRow(model, ground, at, controllerNowMs);
      for (let row = 0; row < this.#size; row += 1) this.#paintCell(model, ground, row, at, controllerNowMs);
    }
    if (changed.size > 0) this.#put(0, this.#size);
  }

  /** Some more rows: reports grow old without news. The whole picture is renewed within a few calls. */
  paintSome(model: MeshModel, ground: Ground, rows: number, controllerNowMs: number): void {
    if (this.#size === 0) return;
    const first = this.#cursor % this.#size;
    const end = Math.min(this.#size, first + rows);
    for (let row = first; row < end; row += 1) this.#paintRow(model, ground, row, controllerNowMs);
    this.#put(first, end);
    this.#cursor = end;
  }

  #paintRow(model: MeshModel, ground: Ground, row: number, controllerNowMs: number): void {
    for (let column = 0; column < this.#size; column += 1)
      this.#paintCell(model, ground, row, column, controllerNowMs);
  }

  #paintCell(model: MeshModel, ground: Ground, row: number, column: number, controllerNowMs: number): void {
    const [from, to] = [model.order[row], model.order[column]];
    if (from === undefined || to === undefined) return;
    const state = pairState(model, from, to, controllerNowMs);
    const node = row === column ? model.nodes.get(from) : undefined;
    const [red, green, blue] =
      node !== undefined
        ? STANDING_COLOURS[standingOf(node)]
        : state === 'none'
          ? ground.empty
          : PAIR_COLOURS[state];
    const { data } = this.#pixels;
    const at = (row * this.#size + column) * 4;
    data[at] = red;
    data[at + 1] = green;
    data[at + 2] = blue;
    data[at + 3] = 255;
  }

  #put(firstRow: number, endRow: number): void {
    this.canvas
      .getContext('2d')
      ?.putImageData(this.#pixels, 0, 0, 0, firstRow, this.#pixels.width, endRow - firstRow);
  }
}
