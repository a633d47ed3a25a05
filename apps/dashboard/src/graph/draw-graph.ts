// Draws the graph. Standings and states have shapes and dashes as well as colours, so that nobody has to tell
// colours apart.

import type { LiveNode } from '@mesh/protocol';
import { type Standing, standingOf } from '../live/counts.ts';
import { fittedText } from '../matrix/fitted-text.ts';
import type { PairState } from '../matrix/pair-state.ts';
import { type Ground, PAIR_COLOURS, STANDING_COLOURS } from '../matrix/palette.ts';
import { placeOnCircle } from './circle.ts';
import { BEST_FIRST, type GraphPair } from './graph-pairs.ts';

export interface Graph {
  readonly nodes: readonly LiveNode[];
  readonly pairs: readonly GraphPair[];
  /** A position in `nodes`. */
  readonly selected: number | undefined;
}

/** The circle's radius, as a part of half the side. The rest is for names. */
export const RADIUS = 0.72;
/** With more nodes, only the selected one has its name. */
const MOST_NAMES = 60;
const NAME_PX = 12;

const DASHES: Readonly<Record<PairState, readonly number[]>> = {
  none: [],
  up: [],
  old: [1, 5],
  leaving: [8, 3, 2, 3],
  waiting: [2, 3],
  epochs: [10, 5],
  one_end: [5, 5],
  overdue: [],
};

/** @param scale pixels of the screen to each of the page */
export function drawGraph(
  context: CanvasRenderingContext2D,
  graph: Graph,
  ground: Ground,
  scale: number,
): void {
  const side = context.canvas.width;
  context.clearRect(0, 0, side, side);
  context.save();
  context.translate(side / 2, side / 2);
  const radius = (side / 2) * RADIUS;
  for (const state of BEST_FIRST) if (state !== 'none') drawLines(context, graph, state, radius, scale);
  context.setLineDash([]);
  context.globalAlpha = 1;
  for (const at of graph.nodes.keys()) drawNode(context, graph, at, ground, radius, scale);
  context.restore();
}

function drawLines(
  context: CanvasRenderingContext2D,
  { nodes, pairs, selected }: Graph,
  state: Exclude<PairState, 'none'>,
  radius: number,
  scale: number,
): void {
  context.strokeStyle = `rgb(${PAIR_COLOURS[state].join(' ')})`;
  context.setLineDash(DASHES[state].map((length) => length * scale));
  const isMinor = state === 'up' || state === 'old';
  for (const ofSelected of [false, true]) {
    if (ofSelected && selected === undefined) continue;
    // Many lines that are fine would hide the few that are not.
    context.globalAlpha = ofSelected ? 1 : selected !== undefined ? 0.12 : isMinor ? faint(nodes.length) : 1;
    context.lineWidth = (ofSelected || !isMinor ? 2 : 1) * scale;
    context.beginPath();
    for (const pair of pairs) {
      if (pair.state !== state || (pair.from === selected || pair.to === selected) !== ofSelected) continue;
      const [from, to] = [placeOnCircle(pair.from, nodes.length), placeOnCircle(pair.to, nodes.length)];
      context.moveTo(from.x * radius, from.y * radius);
      context.lineTo(to.x * radius, to.y * radius);
    }
    context.stroke();
  }
}

const faint = (count: number): number => Math.max(0.06, Math.min(0.8, 12 / Math.max(1, count)));

function drawNode(
  context: CanvasRenderingContext2D,
  { nodes, selected }: Graph,
  at: number,
  ground: Ground,
  radius: number,
  scale: number,
): void {
  const node = nodes[at];
  if (node === undefined) return;
  const place = placeOnCircle(at, nodes.length);
  const [x, y] = [place.x * radius, place.y * radius];
  const size = Math.max(3, Math.min(8, 240 / nodes.length)) * scale * (at === selected ? 1.5 : 1);
  const standing = standingOf(node);
  context.fillStyle = `rgb(${STANDING_COLOURS[standing].join(' ')})`;
  context.strokeStyle = ground.line;
  context.lineWidth = scale;
  context.beginPath();
  SHAPES[standing](context, x, y, size);
  context.fill();
  context.stroke();
  if (nodes.length > MOST_NAMES && at !== selected) return;
  context.fillStyle = ground.line;
  context.font = `${at === selected ? 700 : 400} ${NAME_PX * scale}px system-ui, sans-serif`;
  context.textBaseline = place.y < -0.9 ? 'bottom' : place.y > 0.9 ? 'top' : 'middle';
  context.textAlign = Math.abs(place.x) < 0.2 ? 'center' : place.x > 0 ? 'left' : 'right';
  const away = 1 + (size + 4 * scale) / radius;
  const room = radius / RADIUS - Math.abs(x * away);
  const isCentred = context.textAlign === 'center';
  context.fillText(fittedText(context, node.id, isCentred ? 2 * room : room), x * away, y * away);
}

type Shape = (context: CanvasRenderingContext2D, x: number, y: number, size: number) => void;

const polygon =
  (...corners: readonly (readonly [x: number, y: number])[]): Shape =>
  (context, x, y, size) => {
    for (const [dx, dy] of corners) context.lineTo(x + dx * size, y + dy * size);
    context.closePath();
  };

const SHAPES: Readonly<Record<Standing, Shape>> = {
  in: (context, x, y, size) => context.arc(x, y, size, 0, 2 * Math.PI),
  probation: polygon([-1, -1], [1, -1], [1, 1], [-1, 1]),
  declining: polygon([-1, -1], [1, -1], [0, 1]),
  cut: polygon([0, -1.3], [1.3, 0], [0, 1.3], [-1.3, 0]),
  unreachable: polygon([0, -1.2], [1.2, 1], [-1.2, 1]),
  pending: (context, x, y, size) => context.arc(x, y, size * 0.6, 0, 2 * Math.PI),
};
