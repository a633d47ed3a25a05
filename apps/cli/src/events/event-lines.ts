// Entries of the log as lines for people: the time, the index, and a sentence.

import { type LogEntryView, printable } from '@mesh/protocol';
import { sentenceOf } from './event-sentence.ts';

/** What a screen shows of a sentence that the log holds. */
export const MAX_SENTENCE_LENGTH = 1_024;

/** An entry as scripts get it. */
export interface EventView {
  readonly index: number;
  readonly at: string | null;
  readonly type: string | null;
  readonly node_id: string | null;
  readonly sentence: string;
}

export function eventOf(view: LogEntryView): EventView {
  const { at, type, node_id: nodeId } = view.entry;
  return {
    index: view.index,
    at: typeof at === 'string' ? at : null,
    type: typeof type === 'string' ? type : null,
    node_id: typeof nodeId === 'string' ? nodeId : null,
    sentence: sentenceOf(view),
  };
}

/** One line for each event, in fixed columns, so that lines that come one by one are aligned. */
export function renderEvents(events: readonly EventView[]): string {
  return events
    .map(({ at, index, sentence }) => {
      const when = printable(at ?? '-', 32).padEnd(24);
      return `${when}  ${String(index).padStart(6)}  ${printable(sentence, MAX_SENTENCE_LENGTH)}\n`;
    })
    .join('');
}
