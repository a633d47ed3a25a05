// status.json: who is in and why, for people and scripts on this host. It is written atomically and holds no
// secrets. It is written at most four times per second, and less often in a mesh so large that rendering
// would keep the event loop busy.

import { type Clock, LogField, type Logger, type Timers, writeFileAtomic } from '@mesh/host';
import type { Standing } from '@mesh/membership';
import { type EpochRecord, epochsAt, type MeshView, type NodeRecord } from '@mesh/membership';
import { formatRfc3339 } from '@mesh/primitives';
import type { StatusFile } from '@mesh/protocol';

const COALESCE_MS = 250;
/** Rendering takes at most this fraction of the event loop's time: 1 / 20. */
const SHARE_OF_LOOP = 20;

export interface StatusFileOptions {
  readonly path: string;
  readonly view: MeshView;
  readonly expiryOf: (epoch: EpochRecord) => number;
  readonly standing: (node: NodeRecord) => Standing;
  /** The limit in bits per second that this node sets for its pairs; undefined if there is none. */
  readonly limitOf: (node: NodeRecord) => number | undefined;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
}

type StatusEntry = StatusFile['nodes'][string];
type OfRecord = Pick<StatusEntry, 'last_benchmark' | 'last_update_utc'>;

/** What follows from a record alone. Records never change, and each is rendered many times. */
const rendered = new WeakMap<NodeRecord, OfRecord>();

/** The content of status.json. It names the epoch in force, or the coming one if none is in force yet. */
export function renderStatus(
  options: Pick<StatusFileOptions, 'view' | 'expiryOf' | 'standing' | 'limitOf' | 'clock'>,
): StatusFile {
  const { view, expiryOf, standing, limitOf, clock } = options;
  const { current, next } = epochsAt(view, clock.nowMs());
  const epoch = current ?? next;
  const nodes = [...view.nodes()].map((node): [string, StatusEntry] => {
    const { membership, reason, reasonCode, declining } = standing(node);
    return [
      node.nodeId,
      {
        membership,
        reason,
        reason_code: reasonCode,
        declining,
        limit_bits_per_second: limitOf(node) ?? null,
        ...ofRecord(node),
      },
    ];
  });
  return {
    epoch: {
      id: epoch?.epochId ?? 0,
      expiry_utc: formatRfc3339(epoch === undefined ? 0 : expiryOf(epoch)),
      secret_hash: epoch?.commitment ?? '',
    },
    nodes: Object.fromEntries(nodes),
  };
}

function ofRecord(node: NodeRecord): OfRecord {
  let made = rendered.get(node);
  if (made === undefined) {
    const { latest } = node;
    made = {
      last_benchmark:
        latest === undefined
          ? null
          : {
              overall: latest.scores.overall ?? 0,
              timestamp: formatRfc3339(latest.measuredAtMs),
              suite_version: latest.suiteVersion,
            },
      last_update_utc: formatRfc3339(node.updatedAtMs),
    };
    rendered.set(node, made);
  }
  return made;
}

export class StatusFileWriter {
  readonly #options: StatusFileOptions;
  #scheduled: (() => void) | undefined;
  #writing: Promise<void> = Promise.resolve();
  #isClosed = false;
  #renderMs = 0;

  constructor(options: StatusFileOptions) {
    this.#options = options;
  }

  /** Call it when something changed. The file is written soon after. */
  touch(): void {
    if (this.#isClosed) return;
    this.#scheduled ??= this.#options.timers.setTimer(
      Math.max(COALESCE_MS, SHARE_OF_LOOP * this.#renderMs),
      () => {
        this.#scheduled = undefined;
        this.#writing = this.#writing.then(() => this.#write());
      },
      { background: true },
    );
  }

  /** Writes a change that has not been written yet. Later touches do nothing. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const isDue = this.#scheduled !== undefined;
    this.#scheduled?.();
    await this.#writing;
    if (isDue) await this.#write();
  }

  async #write(): Promise<void> {
    const { path, logger, clock } = this.#options;
    try {
      const startedMs = clock.monotonicMs();
      const text = `${JSON.stringify(renderStatus(this.#options), null, 2)}\n`;
      this.#renderMs = clock.monotonicMs() - startedMs;
      await writeFileAtomic(path, text, { mode: 0o640 });
    } catch (error) {
      logger.error({ [LogField.error]: error }, 'status.json could not be written');
    }
  }
}
