// Keeps refused messages from filling the log. A node's first refusal gets an entry at once. Those of the
// minute after it are counted, and the minute ends with one entry that has the counts. So a node adds at most
// one such entry a minute. Counts that have no entry yet are lost if the process dies; they say only how
// often something was refused.

import { type Clock, LogField, type Logger, type Timers } from '@mesh/host';
import { type Command, type RefusalCount, rejectMessage, rejectMessages } from '@mesh/membership';
import type { NodeId } from '@mesh/primitives';
import type { Problem } from '@mesh/protocol';

const EVERY_MS = 60_000;

export interface RefusalsPorts {
  readonly judge: { run(command: Command): Promise<unknown> };
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
}

/** What a node was refused since its last entry. Kinds and codes are closed lists, so it stays small. */
interface Minute {
  sinceMs: number;
  counts: Map<string, RefusalCount>;
  readonly cancel: () => void;
}

export class Refusals {
  readonly #ports: RefusalsPorts;
  readonly #minutes = new Map<NodeId, Minute>();

  constructor(ports: RefusalsPorts) {
    this.#ports = ports;
  }

  /** Resolves when a first refusal is on disk or could not be written; at once for one that is counted. */
  async note(nodeId: NodeId, kind: string, objection: Problem): Promise<void> {
    const minute = this.#minutes.get(nodeId);
    if (minute === undefined) {
      this.#begin(nodeId, new Map());
      await this.#write(nodeId, rejectMessage(nodeId, kind, objection));
    } else {
      add(minute.counts, { kind, code: objection.code, count: 1 });
    }
  }

  /** Writes what has been counted, and counts nothing more. Call it before the journal closes. */
  async close(): Promise<void> {
    const open = [...this.#minutes];
    this.#minutes.clear();
    await Promise.all(
      open.map(async ([nodeId, { cancel, sinceMs, counts }]) => {
        cancel();
        if (counts.size > 0) await this.#writeCounts(nodeId, sinceMs, counts);
      }),
    );
  }

  #begin(nodeId: NodeId, counts: Map<string, RefusalCount>): void {
    const { clock, timers } = this.#ports;
    this.#minutes.set(nodeId, {
      sinceMs: Math.floor(clock.nowMs()),
      counts,
      cancel: timers.setTimer(EVERY_MS, () => void this.#end(nodeId), { background: true }),
    });
  }

  async #end(nodeId: NodeId): Promise<void> {
    const minute = this.#minutes.get(nodeId);
    this.#minutes.delete(nodeId);
    if (minute === undefined || minute.counts.size === 0) return;
    const next = new Map<string, RefusalCount>();
    this.#begin(nodeId, next);
    if (await this.#writeCounts(nodeId, minute.sinceMs, minute.counts)) return;
    // The disk fails: the next minute's entry has these as well.
    for (const each of minute.counts.values()) add(next, each);
  }

  #writeCounts(nodeId: NodeId, sinceMs: number, counts: Map<string, RefusalCount>): Promise<boolean> {
    return this.#write(nodeId, rejectMessages(nodeId, sinceMs, [...counts.values()]));
  }

  /** The judge deals with a disk that fails; the sender still gets the reason for the refusal. */
  async #write(nodeId: NodeId, command: Command): Promise<boolean> {
    try {
      await this.#ports.judge.run(command);
      return true;
    } catch (error) {
      this.#ports.logger.debug(
        { [LogField.nodeId]: nodeId, [LogField.error]: error },
        'a refusal has no entry yet',
      );
      return false;
    }
  }
}

function add(counts: Map<string, RefusalCount>, { kind, code, count }: RefusalCount): void {
  const key = `${kind} ${code}`;
  counts.set(key, { kind, code, count: (counts.get(key)?.count ?? 0) + count });
}
