// Draws the matrix and takes the pointer and the keys. It draws when something changed, once a frame at most.

import { onChange } from '../live/follow.ts';
import type { MeshModel } from '../live/mesh-model.ts';
import { fittedText } from './fitted-text.ts';
import { MatrixImage } from './matrix-image.ts';
import type { Cell } from './matrix-view.tsx';
import { GROUNDS, type Ground } from './palette.ts';
import { cellAt, clamp, reveal, type Viewport, whole, zoom } from './viewport.ts';

/** How often some rows are painted anew, and how many calls renew all of them. */
const RENEW_EVERY_MS = 250;
const CALLS_FOR_ALL = 20;
const CLOSER = 0.8;
/** Cells that are at least this wide have room for a name. */
const NAMED_FROM_PX = 36;
const NAME_PX = 12;
const MOVES: Readonly<Record<string, readonly [rows: number, columns: number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  PageUp: [-10, 0],
  PageDown: [10, 0],
  Home: [0, Number.NEGATIVE_INFINITY],
  End: [0, Number.POSITIVE_INFINITY],
};

export class MatrixCanvas {
  readonly #canvas: HTMLCanvasElement;
  readonly #model: MeshModel;
  readonly #onSelect: (cell: Cell | undefined) => void;
  readonly #image = new MatrixImage();
  readonly #end = new AbortController();
  readonly #dark = matchMedia('(prefers-color-scheme: dark)');
  #view: Viewport;
  #selected: Cell | undefined;
  #frame = 0;
  #dragged: { x: number; y: number; hasMoved: boolean } | undefined;

  constructor(canvas: HTMLCanvasElement, model: MeshModel, onSelect: (cell: Cell | undefined) => void) {
    this.#canvas = canvas;
    this.#model = model;
    this.#onSelect = onSelect;
    this.#image.paintAll(model, this.#ground, this.#nowMs());
    this.#view = whole(this.#image.size);
    this.#listen();
    this.#draw();
  }

  close(): void {
    this.#end.abort();
    cancelAnimationFrame(this.#frame);
  }

  select(cell: Cell | undefined): void {
    this.#selected = cell;
    if (cell !== undefined) this.#view = reveal(this.#view, this.#image.size, cell.row, cell.column);
    this.#onSelect(cell);
    this.#draw();
  }

  get #ground(): Ground {
    return GROUNDS[this.#dark.matches ? 'dark' : 'light'];
  }

  #nowMs(): number {
    return this.#model.controllerNowMs(Date.now());
  }

  #listen(): void {
    const { signal } = this.#end;
    const canvas = this.#canvas;
    const ends = [
      onChange((changed) => this.#take(changed)),
      listenToSize(canvas, () => this.#draw()),
      every(RENEW_EVERY_MS, () => {
        if (document.hidden) return;
        const rows = Math.ceil(this.#image.size / CALLS_FOR_ALL);
        this.#image.paintSome(this.#model, this.#ground, rows, this.#nowMs());
        this.#draw();
      }),
    ];
    signal.addEventListener('abort', () => {
      for (const end of ends) end();
    });
    this.#dark.addEventListener('change', () => this.#take('all'), { signal });
    canvas.addEventListener('wheel', (event) => this.#wheel(event), { signal, passive: false });
    canvas.addEventListener('pointerdown', (event) => this.#press(event), { signal });
    canvas.addEventListener('pointermove', (event) => this.#move(event), { signal });
    canvas.addEventListener('pointerup', (event) => this.#release(event), { signal });
    canvas.addEventListener('keydown', (event) => this.#key(event), { signal });
  }

  #take(changed: ReadonlySet<number> | 'all'): void {
    const before = this.#image.size;
    if (changed === 'all') this.#image.paintAll(this.#model, this.#ground, this.#nowMs());
    else this.#image.paintChanged(this.#model, this.#ground, changed, this.#nowMs());
    const { size } = this.#image;
    const wasWhole = this.#view.span >= before;
    this.#view = wasWhole ? whole(size) : clamp(this.#view, size);
    if (this.#selected !== undefined && Math.max(this.#selected.row, this.#selected.column) >= size)
      this.select(undefined);
    this.#draw();
  }

  #partsOf(event: MouseEvent): readonly [x: number, y: number] {
    const { left, top, width, height } = this.#canvas.getBoundingClientRect();
    return [(event.clientX - left) / width, (event.clientY - top) / height];
  }

  #wheel(event: WheelEvent): void {
    event.preventDefault();
    this.#view = zoom(
      this.#view,
      this.#image.size,
      event.deltaY < 0 ? CLOSER : 1 / CLOSER,
      ...this.#partsOf(event),
    );
    this.#draw();
  }

  #press(event: PointerEvent): void {
    const [x, y] = this.#partsOf(event);
    this.#dragged = { x, y, hasMoved: false };
    this.#canvas.setPointerCapture(event.pointerId);
  }

  #move(event: PointerEvent): void {
    if (this.#dragged === undefined) return;
    const [x, y] = this.#partsOf(event);
    const [byX, byY] = [x - this.#dragged.x, y - this.#dragged.y];
    if (!this.#dragged.hasMoved && Math.hypot(byX, byY) < 0.01) return;
    const { left, top, span } = this.#view;
    this.#view = clamp({ left: left - byX * span, top: top - byY * span, span }, this.#image.size);
    this.#dragged = { x, y, hasMoved: true };
    this.#draw();
  }

  #release(event: PointerEvent): void {
    const wasClick = this.#dragged?.hasMoved === false;
    this.#dragged = undefined;
    if (wasClick && this.#image.size > 0)
      this.select(cellAt(this.#view, this.#image.size, ...this.#partsOf(event)));
  }

  #key(event: KeyboardEvent): void {
    const { size } = this.#image;
    if (event.ctrlKey || event.metaKey || event.altKey || size === 0) return;
    const move = MOVES[event.key];
    if (move !== undefined) {
      const from = this.#selected ?? { row: 0, column: 0 };
      const within = (value: number) => Math.min(size - 1, Math.max(0, value));
      this.select(
        this.#selected === undefined
          ? from
          : { row: within(from.row + move[0]), column: within(from.column + move[1]) },
      );
    } else if (event.key === '+' || event.key === '=') this.#view = zoom(this.#view, size, CLOSER);
    else if (event.key === '-') this.#view = zoom(this.#view, size, 1 / CLOSER);
    else if (event.key === '0') this.#view = whole(size);
    else if (event.key === 'Escape') this.select(undefined);
    else return;
    event.preventDefault();
    this.#draw();
  }

  /** Each node's name in its own cell, and the lines between cells. */
  #drawNames(context: CanvasRenderingContext2D, scale: number): void {
    const { left, top, span } = this.#view;
    const side = scale * span;
    context.fillStyle = this.#ground.gap;
    for (let line = Math.ceil(Math.min(left, top)); line <= Math.max(left, top) + span; line += 1) {
      context.fillRect((line - left) * scale, 0, devicePixelRatio, side);
      context.fillRect(0, (line - top) * scale, side, devicePixelRatio);
    }
    context.font = `600 ${NAME_PX * devicePixelRatio}px system-ui, sans-serif`;
    context.textAlign = 'center';
    context.textBaseline = 'middle';
    // Dark on each of the colours of a standing has a contrast of 5 to 1 or more.
    context.fillStyle = '#000';
    for (let at = Math.floor(Math.max(left, top)); at < Math.min(left, top) + span; at += 1) {
      const name = this.#model.nodeAt(at)?.id;
      if (name === undefined) continue;
      const shown = fittedText(context, name, scale * 0.9);
      context.fillText(shown, (at + 0.5 - left) * scale, (at + 0.5 - top) * scale);
    }
  }

  #draw(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => this.#drawNow());
  }

  #drawNow(): void {
    const side = Math.round(this.#canvas.clientWidth * devicePixelRatio);
    if (side === 0) return;
    if (this.#canvas.width !== side) {
      this.#canvas.width = side;
      this.#canvas.height = side;
    }
    const context = this.#canvas.getContext('2d');
    if (context === null) return;
    const { left, top, span } = this.#view;
    context.imageSmoothingEnabled = false;
    context.drawImage(this.#image.canvas, left, top, span, span, 0, 0, side, side);
    const scale = side / span;
    if (scale >= NAMED_FROM_PX * devicePixelRatio) this.#drawNames(context, scale);
    if (this.#selected === undefined) return;
    context.strokeStyle = this.#ground.line;
    context.lineWidth = Math.max(1, devicePixelRatio);
    const [x, y] = [(this.#selected.column - left) * scale, (this.#selected.row - top) * scale];
    context.strokeRect(-2, y, side + 4, scale);
    context.strokeRect(x, -2, scale, side + 4);
  }
}

function listenToSize(element: Element, changed: () => void): () => void {
  const observer = new ResizeObserver(changed);
  observer.observe(element);
  return () => observer.disconnect();
}

function every(ms: number, call: () => void): () => void {
  const timer = setInterval(call, ms);
  return () => clearInterval(timer);
}
