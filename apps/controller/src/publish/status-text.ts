// The texts of status.json and status.sealed, made together and some nodes at a time. The text of a node is
// kept and used again while nothing of the node has changed: in a large mesh, nearly all are as they were.

import type { Clock } from '@mesh/host';
import { type EpochRecord, epochsAt, type MeshView, type NodeRecord, type Standing } from '@mesh/membership';
import { formatRfc3339, type NodeId } from '@mesh/primitives';
import type { StatusFile } from '@mesh/protocol';
import { detailsOf } from './node-details.ts';

/** How many nodes are rendered in one turn of the event loop: a few milliseconds. */
const NODES_PER_TURN = 256;

export interface StatusSources {
  readonly view: MeshView;
  readonly expiryOf: (epoch: EpochRecord) => number;
  readonly standing: (node: NodeRecord) => Standing;
  /** What an operator should know: one sentence each. */
  readonly warnings: () => Iterable<string>;
  /** The limit in bits per second that this node sets for its pairs; undefined if there is none. */
  readonly limitOf: (node: NodeRecord) => number | undefined;
  readonly clock: Clock;
}

/** Texts, or pieces of them. */
export interface StatusTexts {
  /** Without scores, for everybody on this host. */
  readonly open: string;
  /** With scores and details, for the operator. */
  readonly detailed: string;
}

type NodeStatus = StatusFile['nodes'][string];

/**
 * Everything that a node's texts are made of. Records are replaced when they change, so it is compared by
 * identity.
 */
interface Shown {
  readonly node: NodeRecord;
  readonly standing: Standing;
  readonly limit: number | undefined;
}

export class StatusText {
  readonly #sources: StatusSources;
  #kept = new Map<NodeId, Shown & StatusTexts>();

  constructor(sources: StatusSources) {
    this.#sources = sources;
  }

  /**
   * The texts in pieces, as JSON.stringify writes the whole with an indent of 2. They name the epoch in
   * force, or the coming one if none is in force yet. Each piece shows what is true when it is made.
   */
  *pieces(): Iterable<StatusTexts> {
    const { view } = this.#sources;
    const [head = '', end = ''] = this.#frame().split(NO_NODES);
    yield both(`${head}${NODES_BEGIN}`);
    const kept = new Map<NodeId, Shown & StatusTexts>();
    const ids = [...view.nodes()].map(({ nodeId }) => nodeId);
    let isFirst = true;
    for (let from = 0; from < ids.length; from += NODES_PER_TURN) {
      let [open, detailed] = ['', ''];
      for (const nodeId of ids.slice(from, from + NODES_PER_TURN)) {
        const node = view.node(nodeId);
        // It was deleted since the list was made.
        if (node === undefined) continue;
        const texts = this.#textsOf(node);
        kept.set(nodeId, texts);
        const comma = isFirst ? '' : ',';
        open += comma + texts.open;
        detailed += comma + texts.detailed;
        isFirst = false;
      }
      if (open !== '') yield { open, detailed };
    }
    this.#kept = kept;
    yield both(isFirst ? `}${end}\n` : `\n  }${end}\n`);
  }

  #frame(): string {
    const { view, expiryOf, warnings, clock } = this.#sources;
    const { current, next } = epochsAt(view, clock.nowMs());
    const epoch = current ?? next;
    return indented({
      epoch: {
        id: epoch?.epochId ?? 0,
        expiry_utc: formatRfc3339(epoch === undefined ? 0 : expiryOf(epoch)),
        secret_hash: epoch?.commitment ?? '',
      },
      warnings: [...warnings()],
      brake: brakeOf(view),
      nodes: {},
    });
  }

  #textsOf(node: NodeRecord): Shown & StatusTexts {
    const { standing: standingOf, limitOf } = this.#sources;
    const shown = { node, standing: standingOf(node), limit: limitOf(node) };
    const kept = this.#kept.get(node.nodeId);
    if (kept !== undefined && isSame(kept, shown)) return kept;
    return {
      ...shown,
      open: asEntry(node.nodeId, publicly(shown)),
      detailed: asEntry(node.nodeId, withDetails(shown)),
    };
  }
}

function isSame(one: Shown, other: Shown): boolean {
  return (
    one.node === other.node &&
    one.limit === other.limit &&
    one.standing.membership === other.standing.membership &&
    one.standing.declining === other.standing.declining &&
    one.standing.reasonCode === other.standing.reasonCode &&
    one.standing.publicReason === other.standing.publicReason &&
    one.standing.reason === other.standing.reason
  );
}

function publicly({ node, standing, limit }: Shown): NodeStatus {
  const { membership, publicReason, reasonCode, declining } = standing;
  const { latest } = node;
  return {
    membership,
    reason: publicReason,
    reason_code: reasonCode,
    declining,
    limit_bits_per_second: limit ?? null,
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

function withDetails(shown: Shown): object {
  const { node, standing } = shown;
  const { last_benchmark, ...status } = publicly(shown);
  return {
    ...status,
    reason: standing.reason,
    last_benchmark: last_benchmark && { overall: node.latest?.scores.overall ?? 0, ...last_benchmark },
    details: detailsOf(node),
  };
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
const both = (text: string): StatusTexts => ({ open: text, detailed: text });
const NODES_BEGIN = '"nodes": {';
const NO_NODES = `${NODES_BEGIN}}`;
const ENTRY_BEGIN = `{\n  ${NODES_BEGIN}`;
const ENTRY_END = '\n  }\n}';

/** A node as it stands in the whole, without a comma before it. */
function asEntry(nodeId: NodeId, status: object): string {
  return indented({ nodes: { [nodeId]: status } }).slice(ENTRY_BEGIN.length, -ENTRY_END.length);
}
