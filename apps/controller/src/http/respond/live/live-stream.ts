// The live state as messages: all that a reader lacks, and as a stream of server-sent events (WHATWG HTML,
// section 9.2) that goes on from where a reader stopped.

import type { Clock } from '@mesh/host';
import type { LiveState as LiveMessage } from '@mesh/protocol';
import type { FoundEntries, LogSearchQuery } from '../../../store/search-log.ts';
import type { LiveState } from './live-state.ts';

/** So that a reader notices a connection that is dead. */
const BEAT_MS = 10_000;
/** How many reports are in one event. */
const PAIRS_PER_EVENT = 64;
/** Who lacks more entries gets the newest of them. */
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
  readonly messages: readonly LiveMessage[];
  readonly to: Position;
}

/** The whole state in one message. */
export function liveMessage(ports: LiveStreamPorts): LiveMessage {
  const end = ports.live.open();
  try {
    const [first, ...rest] = stepFrom(ports, undefined).messages;
    if (first === undefined) throw new Error('a first step has a message');
    return { ...first, pairs: [first, ...rest].flatMap(({ pairs }) => pairs) };
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
  const end = live.open();
  return new ReadableStream<Uint8Array>(
    {
      async pull(stream) {
        for (;;) {
          if (gone.signal.aborted) return;
          if (live.isClosed) {
            end();
            return stream.close();
          }
          const { messages, to } = stepFrom(ports, at);
          at = to;
          const isBeatDue = clock.monotonicMs() - beatAtMs >= BEAT_MS;
          if (messages.length > 0 || isBeatDue) {
            beatAtMs = clock.monotonicMs();
            return stream.enqueue(eventsOf(messages.length > 0 ? messages : [nothing(ports)], to));
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
  const changes = live.changesSince(isNew ? -1 : from.version);
  const { size } = journal.head();
  const first = Math.max(isNew ? 0 : Math.min(from.next, size), size - MOST_ENTRIES);
  const log = first < size ? searchLog({ from: first, limit: MOST_ENTRIES }) : { rows: [], next: size };
  const to = { generation, version, next: log.next };
  const message = {
    ...nothing(ports),
    reset: isNew,
    nodes: [...changes.nodes],
    gone: [...changes.gone],
    pairs: changes.pairs.slice(0, PAIRS_PER_EVENT),
    ...(changes.epoch === undefined ? {} : { epoch: changes.epoch }),
    ...(changes.head === undefined ? {} : { head: changes.head }),
    // What was only committed to stays where it is asked for.
    log: log.rows.map(({ index, entry }) => ({ index, entry })),
  };
  const isEmpty =
    !isNew &&
    [message.nodes, message.gone, message.pairs, message.log].every(({ length }) => length === 0) &&
    changes.epoch === undefined &&
    changes.head === undefined;
  if (isEmpty) return { messages: [], to };
  const messages: LiveMessage[] = [message];
  for (let at = PAIRS_PER_EVENT; at < changes.pairs.length; at += PAIRS_PER_EVENT)
    messages.push({ ...nothing(ports), pairs: changes.pairs.slice(at, at + PAIRS_PER_EVENT) });
  return { messages, to };
}

const nothing = ({ live, clock }: LiveStreamPorts): LiveMessage => ({
  server_time_ms: Math.floor(clock.nowMs()),
  fresh_ms: live.freshMs,
  reset: false,
  nodes: [],
  gone: [],
  pairs: [],
  log: [],
});

/** Only the last event of a step has the id: a reader that lacks it gets the whole step again. */
function eventsOf(messages: readonly LiveMessage[], { generation, version, next }: Position): Uint8Array {
  const id = `id: ${generation}-${version}-${next}\n`;
  const events = messages.map(
    (message, index) =>
      `${index === messages.length - 1 ? id : ''}event: state\ndata: ${JSON.stringify(message)}\n\n`,
  );
  return Buffer.from(events.join(''));
}

/** @returns undefined for what is no id of ours: such a reader begins anew */
function readPosition(id: string): Position | undefined {
  const [, generation, version, next] = /^([0-9a-f]{16})-(\d{1,15})-(\d{1,15})$/.exec(id) ?? [];
  return generation === undefined ? undefined : { generation, version: Number(version), next: Number(next) };
}
