// Which nodes the graph shows, and in which order they stand around its circle. Pure.

import { compareIds } from '@mesh/primitives';
import type { LiveNode } from '@mesh/protocol';
import { type Standing, standingOf } from '../live/counts.ts';

/** With more, lines and marks are no longer told apart. */
export const MOST_NODES = 300;

/** Who is shown first if there are too many. */
const WORST_FIRST: readonly Standing[] = ['unreachable', 'cut', 'declining', 'probation', 'pending', 'in'];

export interface GraphFilter {
  /** A part of a name or class, whatever the case; empty for all. */
  readonly text: string;
  readonly standing: Standing | 'all';
}

export interface ChosenNodes {
  /** By class and name, as they stand around the circle. */
  readonly nodes: readonly LiveNode[];
  /** How many the filter lets through. */
  readonly fitting: number;
}

export function chooseNodes(all: Iterable<LiveNode>, { text, standing }: GraphFilter): ChosenNodes {
  const wanted = text.trim().toLowerCase();
  const fitting = [...all].filter(
    (node) =>
      (standing === 'all' || standingOf(node) === standing) &&
      (node.id.toLowerCase().includes(wanted) || node.class.toLowerCase().includes(wanted)),
  );
  const shown =
    fitting.length <= MOST_NODES
      ? fitting
      : fitting
          .sort(
            (a, b) =>
              WORST_FIRST.indexOf(standingOf(a)) - WORST_FIRST.indexOf(standingOf(b)) ||
              compareIds(a.id, b.id),
          )
          .slice(0, MOST_NODES);
  const nodes = shown.sort((a, b) => compareIds(a.class, b.class) || compareIds(a.id, b.id));
  return { nodes, fitting: fitting.length };
}
