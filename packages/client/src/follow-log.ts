// The log of a mesh, entry after entry, for as long as somebody reads: without a gap, and none of them twice,
// also over connections that break.

import { type AdminClient, type LogEntryView, type LogQuery, ProblemError } from '@mesh/protocol';
import { isPassing, type RetryOptions, waitMs } from './retrying.ts';

export type FollowQuery = Omit<LogQuery, 'limit'>;

export interface FollowOptions {
  /** Ends it: the loop over the entries ends without an error. */
  readonly signal?: AbortSignal;
  /** How to wait after a failure that passes. Absent: the first failure ends it with its error. */
  readonly retry?: Pick<RetryOptions, 'wait' | 'jitter'>;
  /** Called after a failure that passes, before the wait: what is shown is not live until the next entry. */
  readonly onInterruption?: (error: unknown) => void;
}

/**
 * The entries from `query.from` on, and then those to come. To go on later, give the index after that of the
 * last entry as `from`.
 *
 * @throws ProblemError if the controller refuses for a reason that does not pass, such as a key that has
 *   ended
 */
export async function* followLog(
  client: Pick<AdminClient, 'followLog'>,
  query: FollowQuery = {},
  { signal, retry, onInterruption }: FollowOptions = {},
): AsyncGenerator<LogEntryView> {
  const isOver = (): boolean => signal?.aborted === true;
  let from = query.from ?? 0;
  let failures = 0;
  while (!isOver()) {
    const answer = new Entries();
    const stop = new AbortController();
    const either = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
    client
      .followLog({ ...query, from }, (entry) => answer.push(entry), either)
      .then(
        (next) => answer.end({ next }),
        (error: unknown) => answer.end({ error }),
      );
    try {
      for (let entry = await answer.take(); entry !== undefined; entry = await answer.take()) {
        yield entry;
        from = entry.index + 1;
        failures = 0;
      }
    } finally {
      stop.abort();
    }
    const { next, error } = answer.outcome;
    if (next !== undefined) {
      from = Math.max(from, next);
      failures = 0;
      continue;
    }
    if (isOver()) return;
    if (retry === undefined || !passes(error)) throw error;
    onInterruption?.(error);
    const asked = error instanceof ProblemError ? error.retryAfterSeconds : undefined;
    await retry.wait(waitMs(failures, asked, retry.jitter), signal).catch((reason: unknown) => {
      if (!isOver()) throw reason;
    });
    failures = Math.min(failures + 1, 16);
  }
}

/** A failure of the network, or one that the controller says is over soon. */
function passes(error: unknown): boolean {
  if (error instanceof ProblemError) return isPassing(error.problem.status);
  const status = (error as { readonly status?: unknown } | undefined)?.status;
  return typeof status === 'number' ? isPassing(status) : true;
}

interface Outcome {
  readonly next?: number;
  readonly error?: unknown;
}

/** Entries of one answer that were not taken yet. */
class Entries {
  readonly #waiting: LogEntryView[] = [];
  #wake: (() => void) | undefined;
  #outcome: Outcome | undefined;

  push(entry: LogEntryView): void {
    this.#waiting.push(entry);
    this.#wake?.();
  }

  end(outcome: Outcome): void {
    this.#outcome = outcome;
    this.#wake?.();
  }

  /** Of the answer that has ended. */
  get outcome(): Outcome {
    return this.#outcome ?? {};
  }

  /** @returns undefined when the answer has ended and all entries were taken */
  async take(): Promise<LogEntryView | undefined> {
    while (this.#waiting.length === 0 && this.#outcome === undefined)
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    return this.#waiting.shift();
  }
}
