// status.json: who is in and why, for people and scripts on this host. It is written atomically and holds
// neither secrets nor scores; status.sealed beside it has the details, sealed. Both are written at most four
// times per second, and less often in a mesh so large that rendering would keep the event loop busy. It is
// rendered some nodes at a time, so that nothing waits for all of it.

import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Clock, LogField, type Logger, type Timers, writeFileAtomic } from '@mesh/host';
import type { Standing } from '@mesh/membership';
import { type EpochRecord, epochsAt, type MeshView, type NodeRecord } from '@mesh/membership';
import { formatRfc3339 } from '@mesh/primitives';
import type { StatusFile } from '@mesh/protocol';
import { detailsOf } from './node-details.ts';

const COALESCE_MS = 250;
/** Rendering takes at most this fraction of the event loop's time: 1 / 20. */
const SHARE_OF_LOOP = 20;
/** How many nodes are rendered in one turn of the event loop: a few milliseconds. */
const NODES_PER_TURN = 256;

export interface StatusFileOptions {
  readonly path: string;
  /** The file beside it, with what only the operator may see; absent: there is none. */
  readonly sealed?: { readonly path: string; readonly seal: (text: string) => Uint8Array };
  readonly view: MeshView;
  readonly expiryOf: (epoch: EpochRecord) => number;
  readonly standing: (node: NodeRecord) => Standing;
  /** What an operator should know: one sentence each. */
  readonly warnings: () => Iterable<string>;
  /** The limit in bits per second that this node sets for its pairs; undefined if there is none. */
  readonly limitOf: (node: NodeRecord) => number | undefined;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
}

type Describe = (node: NodeRecord, sources: StatusSources) => object;

/** What status.json says of a node. */
const publicly: Describe = (node, sources) => statusOf(node, sources, sources.standing(node));

/** What status.sealed says of a node. */
const withDetails: Describe = (node, sources) => {
  const standing = sources.standing(node);
  const { last_benchmark, ...status } = statusOf(node, sources, standing);
  return {
    ...status,
    reason: standing.reason,
    last_benchmark: last_benchmark && { overall: node.latest?.scores.overall ?? 0, ...last_benchmark },
    details: detailsOf(node),
  };
};
type StatusSources = Pick<
  StatusFileOptions,
  'view' | 'expiryOf' | 'standing' | 'warnings' | 'limitOf' | 'clock'
>;
type NodeStatus = StatusFile['nodes'][string];

/**
 * The text of status.json in pieces, as JSON.stringify writes the whole with an indent of 2. It names the
 * epoch in force, or the coming one if none is in force yet. Each piece shows what is true when it is made.
 */
export function* renderStatus(sources: StatusSources, describe: Describe = publicly): Iterable<string> {
  const { view, expiryOf, warnings, clock } = sources;
  const { current, next } = epochsAt(view, clock.nowMs());
  const epoch = current ?? next;
  const [head = '', end = ''] = indented({
    epoch: {
      id: epoch?.epochId ?? 0,
      expiry_utc: formatRfc3339(epoch === undefined ? 0 : expiryOf(epoch)),
      secret_hash: epoch?.commitment ?? '',
    },
    warnings: [...warnings()],
    brake: brakeOf(view),
    nodes: {},
  }).split(NO_NODES);
  yield `${head}${NODES_BEGIN}`;
  let isFirst = true;
  const ids = [...view.nodes()].map(({ nodeId }) => nodeId);
  for (const part of inParts(ids, NODES_PER_TURN)) {
    const nodes = part.map((nodeId) => view.node(nodeId)).filter((node) => node !== undefined);
    // All of them were deleted since the list was made.
    if (nodes.length === 0) continue;
    const text = indented({
      nodes: Object.fromEntries(nodes.map((node) => [node.nodeId, describe(node, sources)])),
    });
    const inner = text.slice(text.indexOf(NODES_BEGIN) + NODES_BEGIN.length, -NODES_END.length);
    yield isFirst ? inner : `,${inner}`;
    isFirst = false;
  }
  yield isFirst ? `}${end}\n` : `\n  }${end}\n`;
}

function brakeOf(view: MeshView): StatusFile['brake'] {
  let held = 0;
  let untilMs = 0;
  for (const { hold } of view.nodes()) {
    if (hold === undefined) continue;
    held += 1;
    untilMs = Math.max(untilMs, hold.untilMs);
  }
  return held === 0 ? null : { held, until_utc: formatRfc3339(untilMs) };
}

const indented = (value: object): string => JSON.stringify(value, null, 2);
const NODES_BEGIN = '"nodes": {';
const NO_NODES = `${NODES_BEGIN}}`;
const NODES_END = '\n  }\n}';

function* inParts<T>(all: readonly T[], size: number): Iterable<readonly T[]> {
  for (let from = 0; from < all.length; from += size) yield all.slice(from, from + size);
}

function statusOf(node: NodeRecord, { limitOf }: StatusSources, standing: Standing): NodeStatus {
  const { membership, publicReason, reasonCode, declining } = standing;
  const { latest } = node;
  return {
    membership,
    reason: publicReason,
    reason_code: reasonCode,
    declining,
    limit_bits_per_second: limitOf(node) ?? null,
    last_benchmark:
      latest === undefined
        ? null
        : {
            timestamp: formatRfc3339(latest.measuredAtMs),
            suite_version: latest.suiteVersion,
          },
    last_update_utc: formatRfc3339(node.updatedAtMs),
  };
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
    const { path, sealed, logger } = this.#options;
    try {
      const { text, renderMs } = await this.#render(publicly);
      this.#renderMs = renderMs;
      await writeFileAtomic(path, text, { mode: 0o640 });
      if (sealed === undefined) return;
      const detailed = await this.#render(withDetails);
      this.#renderMs += detailed.renderMs;
      await writeFileAtomic(sealed.path, sealed.seal(detailed.text));
    } catch (error) {
      logger.error({ [LogField.error]: error }, 'status.json or status.sealed could not be written');
    }
  }

  async #render(describe: Describe): Promise<{ readonly text: string; readonly renderMs: number }> {
    const { clock } = this.#options;
    let text = '';
    let renderMs = 0;
    const pieces = renderStatus(this.#options, describe)[Symbol.iterator]();
    for (;;) {
      const startedMs = clock.monotonicMs();
      const piece = pieces.next();
      renderMs += clock.monotonicMs() - startedMs;
      if (piece.done === true) return { text, renderMs };
      text += piece.value;
      await nextTurn();
    }
  }
}
