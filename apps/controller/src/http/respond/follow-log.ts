// The answer that follows the log: a line of JSON for each entry, when it is on disk, and a last line that
// says where to go on.

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '@mesh/host';
import type { LogBell } from '../../publish/log-bell.ts';
import type { FoundEntries, LogSearchQuery } from '../../store/search-log.ts';
import { toWireRow } from './node-summary.ts';

/** Shorter than what clients wait for an answer. They ask again. */
const FOLLOW_MS = 25_000;

export interface FollowPorts {
  readonly searchLog: (query: LogSearchQuery) => FoundEntries;
  readonly logBell: LogBell;
  readonly journal: { head(): { readonly size: number } };
  readonly clock: Pick<Clock, 'monotonicMs'>;
}

/** Reads only as fast as the reader takes the lines. */
export function followLog(ports: FollowPorts, query: LogSearchQuery): ReadableStream<Uint8Array> {
  const { searchLog, logBell, journal, clock } = ports;
  const endsAtMs = clock.monotonicMs() + FOLLOW_MS;
  const gone = new AbortController();
  let from = query.from;
  return new ReadableStream<Uint8Array>(
    {
      async pull(stream) {
        for (;;) {
          if (gone.signal.aborted) return;
          const { rows, next } = searchLog({ ...query, from });
          from = next;
          if (rows.length > 0) return stream.enqueue(linesOf(rows.map(toWireRow)));
          if (next < journal.head().size) await nextTurn();
          else if (clock.monotonicMs() >= endsAtMs || logBell.isFull) {
            stream.enqueue(linesOf([{ next }]));
            return stream.close();
          } else await logBell.wait(endsAtMs - clock.monotonicMs(), gone.signal);
        }
      },
      cancel: () => gone.abort(),
    },
    // Nothing is read ahead, so a request whose body nobody reads follows nothing.
    { highWaterMark: 0 },
  );
}

function linesOf(values: readonly object[]): Uint8Array {
  return Buffer.from(values.map((value) => `${JSON.stringify(value)}\n`).join(''));
}
