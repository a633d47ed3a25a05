// Signs the heads of the log and publishes them, in this order: the entries are on disk, the head is signed,
// the head is on disk, the head is published. So whatever a crash interrupts, nobody has seen a head that the
// next start does not know.

import { renderCheckpoint } from '@mesh/audit';
import { type CancelTimer, type Clock, LogField, type Logger, type Timers } from '@mesh/host';
import type { MeshEvent } from '@mesh/membership';
import type { LogHeads, StoredHead } from '../store/log-heads.ts';
import type { SqliteJournal } from '../store/sqlite-journal.ts';
import type { LogKeys } from '../trust/log-keys.ts';
import type { PublishedLog } from './published-log.ts';

/** How long after a head the next one is signed at the earliest. */
const PACE_MS = 1_000;

/** What cuts a node, the beginning of an epoch, and a change of who signs. A head follows each of them. */
const DUE_AFTER: ReadonlySet<MeshEvent['type']> = new Set<MeshEvent['type']>([
  'epoch_opened',
  'node_denied',
  'node_quarantined',
  'node_revoked',
  'node_rejected',
  'node_deleted',
  'node_left',
  'node_unreachable',
  'class_revoked',
  'ca_rotation_finished',
  'log_key_prepared',
  'log_key_finished',
  'log_key_aborted',
]);

export interface LogPublisherOptions {
  readonly journal: Pick<SqliteJournal, 'edge'>;
  readonly heads: Pick<LogHeads, 'append'>;
  readonly keys: Pick<LogKeys, 'origin' | 'sign'>;
  readonly published: Pick<PublishedLog, 'show'>;
  /** The last head that was signed, if there was one: the caller has shown it. */
  readonly last: StoredHead | undefined;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
}

/** The signed note of a head. The same head and keys give the same note. */
export function signHead(
  { origin, sign }: Pick<LogKeys, 'origin' | 'sign'>,
  { size, root, signedAtMs }: StoredHead,
): string {
  return sign(renderCheckpoint({ origin, size, root, extensions: [] }), Math.floor(signedAtMs / 1_000));
}

export class LogPublisher {
  readonly #options: LogPublisherOptions;
  #last: Pick<StoredHead, 'size' | 'signedAtMs'>;
  #lastAtMs = Number.NEGATIVE_INFINITY;
  #scheduled: CancelTimer | undefined;
  #hasCommits = false;
  #isClosed = false;

  constructor(options: LogPublisherOptions) {
    this.#options = options;
    this.#last = options.last ?? { size: 0, signedAtMs: 0 };
  }

  /** Call it after each commit. The head follows soon, and not before callers are answered. */
  onCommit(events: readonly MeshEvent[]): void {
    this.#hasCommits = true;
    if (this.#isClosed || this.#scheduled !== undefined) return;
    if (!events.some(({ type }) => DUE_AFTER.has(type))) return;
    const { clock, timers } = this.#options;
    const waitMs = Math.max(0, this.#lastAtMs + PACE_MS - clock.monotonicMs());
    this.#scheduled = timers.setTimer(waitMs, () => {
      this.#scheduled = undefined;
      this.#publish();
    });
  }

  /**
   * Publishes what was committed and is not covered by a head yet. Later commits bring no head. A start that
   * failed before the first commit leaves no head.
   */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#scheduled?.();
    if (this.#hasCommits) this.#publish();
  }

  #publish(): void {
    const { journal, heads, keys, published, clock, logger } = this.#options;
    const edge = journal.edge();
    if (edge.size <= this.#last.size) return;
    // A clock that was set back must not make a head look older than the one before.
    const signedAtMs = Math.max(Math.floor(clock.nowMs()), this.#last.signedAtMs);
    const head = { size: edge.size, root: edge.root(), signedAtMs };
    this.#lastAtMs = clock.monotonicMs();
    const note = signHead(keys, head);
    try {
      heads.append(head);
    } catch (error) {
      logger.error(
        { [LogField.error]: error },
        'a head of the log could not be stored and is not published; the next epoch tries again',
      );
      return;
    }
    this.#last = head;
    published.show(edge, note);
  }
}
