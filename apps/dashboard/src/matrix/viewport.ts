// Which part of the matrix is on the screen. Pure.

export interface Viewport {
  /** The cell at the left and upper edge, in cells. */
  readonly left: number;
  readonly top: number;
  /** How many cells fit across. */
  readonly span: number;
}

export const CLOSEST_SPAN = 6;

export const whole = (size: number): Viewport => ({ left: 0, top: 0, span: Math.max(1, size) });

/** Keeps the view on the matrix. */
export function clamp({ left, top, span }: Viewport, size: number): Viewport {
  const most = Math.max(1, size);
  const kept = Math.min(most, Math.max(Math.min(CLOSEST_SPAN, most), span));
  const inside = (edge: number) => Math.min(Math.max(0, edge), most - kept);
  return { left: inside(left), top: inside(top), span: kept };
}

/** @param factor below 1 comes closer @param x, y the point that stays where it is, as parts of the view */
export function zoom(view: Viewport, size: number, factor: number, x = 0.5, y = 0.5): Viewport {
  const span = clamp({ ...view, span: view.span * factor }, size).span;
  return clamp(
    { left: view.left + (view.span - span) * x, top: view.top + (view.span - span) * y, span },
    size,
  );
}

/** Moves the view as little as it takes to show a cell. */
export function reveal(view: Viewport, size: number, row: number, column: number): Viewport {
  const shift = (edge: number, cell: number) =>
    cell < edge ? cell : cell + 1 > edge + view.span ? cell + 1 - view.span : edge;
  return clamp({ ...view, left: shift(view.left, column), top: shift(view.top, row) }, size);
}

/** @param x, y parts of the view, from 0 to 1 */
export function cellAt(view: Viewport, size: number, x: number, y: number) {
  const cell = (edge: number, part: number) =>
    Math.min(size - 1, Math.max(0, Math.floor(edge + part * view.span)));
  return { row: cell(view.top, y), column: cell(view.left, x) };
}
