// What receivers are told of and the log does not have: things that go on for a while. They are looked at
// every few seconds, and their beginning and their end make an alert each.

import type { AlertEvent } from '../settings/alerts-setting.ts';
import type { Alert } from './alert.ts';

/** Something that goes on now. */
export interface Ongoing {
  readonly event: AlertEvent;
  /** What it is about, where several of one event can go on: a node, a witness. */
  readonly subject?: string;
  readonly severity: Alert['severity'];
  readonly summary: string;
  /** It has no end: it is told of once. */
  readonly isMoment?: true;
}

/** How many of one event are told of side by side. */
const MOST_SUBJECTS = 64;

export type Edge = Omit<Alert, 'id' | 'atMs'>;

export class Findings {
  /** What goes on, as it was told, by what it is. */
  readonly #goingOn = new Map<string, Edge>();

  /** What went on when the last process ended. */
  remember(told: Edge): void {
    if (told.status === 'firing') this.#goingOn.set(keyOf(told), told);
    else if (told.status === 'resolved') this.#goingOn.delete(keyOf(told));
  }

  /** @returns what has begun and what has ended since the last look */
  look(now: readonly Ongoing[]): Edge[] {
    const edges: Edge[] = [];
    const seen = new Set<string>();
    for (const { isMoment, ...ongoing } of firstOfEach(now)) {
      if (isMoment === true) {
        edges.push({ ...ongoing, status: 'event' });
        continue;
      }
      const key = keyOf(ongoing);
      seen.add(key);
      if (!this.#goingOn.has(key)) edges.push({ ...ongoing, status: 'firing' });
    }
    for (const [key, told] of this.#goingOn)
      if (!seen.has(key)) edges.push({ ...told, status: 'resolved', summary: `over: ${told.summary}` });
    for (const edge of edges) this.remember(edge);
    return edges;
  }
}

/** Whether two alerts are about one thing. */
export const keyOf = ({ event, subject = '' }: Pick<Edge, 'event' | 'subject'>): string =>
  `${event} ${subject}`;

function firstOfEach(now: readonly Ongoing[]): Ongoing[] {
  const counts = new Map<AlertEvent, number>();
  return now.filter(({ event }) => {
    const count = (counts.get(event) ?? 0) + 1;
    counts.set(event, count);
    return count <= MOST_SUBJECTS;
  });
}
