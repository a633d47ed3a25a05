// The live state as messages: all that a reader lacks, and as a stream of server-sent events (WHATWG HTML,
// section 9.2) that goes on from where a reader stopped.

import type { Clock } from '@mesh/host';
import { defined } from '@mesh/primitives';
import type { LiveState as LiveMessage } from '@mesh/protocol';
import type { FoundEntries, LogSearchQuery } from '../../../store/search-log.ts';
import type { LiveRow } from './live-rows.ts';
import type { LiveState } from './live-state.ts';

/** So that a reader notices a connection that is dead. */
const BEAT_MS = 10_000;
/** The most nodes, and the most reports, in one event. */
const ROWS_PER_EVENT = 256;
/** An event ends once its reports reach this many characters, so a slow reader holds up only one event. */
const REPORT_CHARACTERS_PER_EVENT = 131_072;
/** A reader that is further behind gets only the newest entries. */
const MOST_ENTRIES = 100;

export interface LiveStreamPorts {
  readonly live: LiveState;
  readonly searchLog: (query: LogSearchQuery) => FoundEntries;
  readonly journal: { head(): { readonly size: number } };
  readonly clock: Clock;
}

/** What a reader has. */
interface Position {
  readonly generation: string;
  readonly version: number;
  /** The index of the next entry of the log. */
  readonly next: number;
}

interface Step {
  /** Made as they are taken, with what is the newest then. */
  readonly messages: Iterator<LiveMessage>;
  readonly to: Position;
}

/** The whole state in one message. */
export function liveMessage(ports: LiveStreamPorts): LiveMessage {
  const end = ports.live.open();
  try {
    const [first, ...rest] = [...{ [Symbol.iterator]: () => stepFrom(ports, undefined).messages }];
    if (first === undefined) throw new Error('a first step has a message');
    const all = [first, ...rest];
    return {
      ...first,
      nodes: all.flatMap(({ nodes }) => nodes),
      pairs: all.flatMap(({ pairs }) => pairs),
    };
  } finally {
    end();
  }
}

/** @param lastId the id of the last event that the reader has; undefined for a new reader */
export function liveStream(ports: LiveStreamPorts, lastId: string | undefined): ReadableStream<Uint8Array> {
  const { live, clock } = ports;
  const gone = new AbortController();
  let at = lastId === undefined ? undefined : readPosition(lastId);
  let beatAtMs = clock.monotonicMs();
  let step: { readonly step: Step; readonly upcoming: LiveMessage } | undefined;
  const end = live.open();
  const take = (next: Step): void => {
    const { value, done } = next.messages.next();
    at = next.to;
    step = done === true ? undefined : { step: next, upcoming: value };
  };
  return new ReadableStream<Uint8Array>(
    {
      async pull(stream) {
        for (;;) {
          if (gone.signal.aborted) return;
          if (live.isClosed) {
            end();
            return stream.close();
          }
          if (step === undefined) take(stepFrom(ports, at));
          const current = step;
          const isBeatDue = clock.monotonicMs() - beatAtMs >= BEAT_MS;
          if (current !== undefined || isBeatDue) {
            beatAtMs = clock.monotonicMs();
            if (current === undefined) return stream.enqueue(eventOf(emptyMessage(ports), at));
            take(current.step);
            // Only the last event of a step has the id: a reader that lacks it gets the whole step again.
            return stream.enqueue(eventOf(current.upcoming, step === undefined ? at : undefined));
          }
          await live.next(gone.signal);
        }
      },
      cancel: () => {
        gone.abort();
        end();
      },
    },
    // Nothing is made ahead: a slow reader gets fewer and larger steps.
    { highWaterMark: 0 },
  );
}

function stepFrom(ports: LiveStreamPorts, from: Position | undefined): Step {
  const { live, journal, searchLog } = ports;
  const { generation, version } = live;
  const isNew = from === undefined || from.generation !== generation || from.version > version;
  const after = isNew ? -1 : from.version;
  const changes = live.changesSince(after);
  const { size } = journal.head();
  const first = Math.max(isNew ? 0 : Math.min(from.next, size), size - MOST_ENTRIES);
  const log = first < size ? searchLog({ from: first, limit: MOST_ENTRIES }) : { rows: [], next: size };
  const message = {
    ...emptyMessage(ports),
    reset: isNew,
    gone: [...changes.gone],
    ...defined({ epoch: changes.epoch, head: changes.head }),
    // What was only committed to stays where it is asked for.
    log: log.rows.map(({ index, entry }) => ({ index, entry })),
  };
  const isEmpty =
    !isNew &&
    [changes.rows, message.gone, message.log].every(({ length }) => length === 0) &&
    changes.epoch === undefined &&
    changes.head === undefined;
  const to = { generation, version, next: log.next };
  return { messages: isEmpty ? [].values() : messagesOf(ports, message, changes.rows, after), to };
}

/** All nodes come before the first report, because reports name them. */
function* messagesOf(
  ports: LiveStreamPorts,
  first: LiveMessage,
  rows: readonly LiveRow[],
  after: number,
): Generator<LiveMessage, void> {
  let message = first;
  const nodes = rows.filter(({ node }) => node.version > after);
  for (let at = 0; at < nodes.length; at += ROWS_PER_EVENT) {
    if (at > 0) {
      yield message;
      message = emptyMessage(ports);
    }
    message.nodes.push(...nodes.slice(at, at + ROWS_PER_EVENT).map(({ node }) => node.value));
  }
  let characters = 0;
  for (const { pairs } of rows) {
    if (pairs === undefined || pairs.version <= after) continue;
    if (message.pairs.length >= ROWS_PER_EVENT || characters >= REPORT_CHARACTERS_PER_EVENT) {
      yield message;
      message = emptyMessage(ports);
      characters = 0;
    }
    message.pairs.push(pairs.value);
    characters += pairs.value.tunnels.length + (pairs.value.paths?.length ?? 0);
  }
  yield message;
}

const emptyMessage = ({ live, clock }: LiveStreamPorts): LiveMessage => ({
  server_time_ms: Math.floor(clock.nowMs()),
  fresh_ms: live.freshMs,
  reset: false,
  nodes: [],
  gone: [],
  pairs: [],
  log: [],
});

/** @param at what the reader has with it; undefined if more of the same step follows */
function eventOf(message: LiveMessage, at: Position | undefined): Uint8Array {
  const id = at === undefined ? '' : `id: ${at.generation}-${at.version}-${at.next}\n`;
  return Buffer.from(`${id}event: state\ndata: ${JSON.stringify(message)}\n\n`);
}

/** @returns undefined for what is no id of ours: such a reader begins anew */
function readPosition(id: string): Position | undefined {
  const [, generation, version, next] = /^([0-9a-f]{16})-(\d{1,15})-(\d{1,15})$/.exec(id) ?? [];
  return generation === undefined ? undefined : { generation, version: Number(version), next: Number(next) };
}
