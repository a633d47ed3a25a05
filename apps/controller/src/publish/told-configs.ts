// Notes what each node was told: the digests of the configs and removal notices that were signed for it. They
// wait in memory until they are recorded (schedule/told-recorder.ts).

import { hashTelling, type Telling, type ToldNode, toldLeaf } from '@mesh/evidence';
import { drawAhead, platformSha256 } from '@mesh/host';
import type { ToldBatch } from '@mesh/membership';
import { defined, type EpochId, formatRfc3339, type NodeId, toHex } from '@mesh/primitives';
import { answerDigest, batchTree, type RemovalNotice } from '@mesh/protocol';
import type { UnsignedConfig } from './config-signer.ts';

/** How many nodes share an entry: some milliseconds of hashing. */
const NODES_AN_ENTRY = 256;
const SALT_LENGTH_BYTES = 32;
/** While nothing can be recorded, no more wait than this. */
const MOST_WAITING = 1_000_000;

/** What was signed for a node. It is put into words when it is recorded: the answer goes out first. */
interface Noted {
  readonly kind: Telling['kind'];
  readonly digest: Uint8Array;
  readonly version: string;
  readonly sentAtMs: number;
  readonly allowed?: boolean | undefined;
  readonly reasonCode?: string | undefined;
  /** Once it was recorded for the first node that was told it. */
  words?: { readonly telling: Telling; readonly hash: string };
}

export class ToldConfigs {
  readonly #epoch: () => EpochId | 0;
  readonly #nextSalt: () => Uint8Array;
  readonly #mostWaiting: number;
  #byEpoch = new Map<EpochId, Map<NodeId, Noted[]>>();
  #waiting = 0;
  #lost = 0;

  /**
   * @param epoch the newest one, 0 before the first. What a node names in its query does not say in which
   *   epoch it was told something
   */
  constructor(
    epoch: () => EpochId | 0,
    randomBytes: (length: number) => Uint8Array,
    mostWaiting = MOST_WAITING,
  ) {
    this.#epoch = epoch;

    this.#nextSalt = drawAhead(randomBytes, SALT_LENGTH_BYTES);
    this.#mostWaiting = mostWaiting;
  }

  /** @param digest of the config, see `answerDigest` */
  noteConfig(body: UnsignedConfig, digest: Uint8Array): void {
    const { node_id, version, server_time_ms: sentAtMs, allowed, reason_code: reasonCode } = body;
    this.#note(node_id, { kind: 'config', digest, version, sentAtMs, allowed, reasonCode });
  }

  /** Makes what is noted for each node that gets the same notice. */
  forNotice(body: Omit<RemovalNotice, 'signature'>): (nodeId: NodeId) => void {
    const { version, server_time_ms: sentAtMs } = body;
    const digest = answerDigest('removal_notice', body, platformSha256);
    const noted: Noted = { kind: 'removal_notice', digest, version, sentAtMs };
    return (nodeId) => this.#note(nodeId, noted);
  }

  /**
   * Takes what waits, in parts that are to be recorded one by one. What is taken is gone from here.
   * @yields each part; to make one takes some milliseconds
   */
  *take(): Generator<ToldBatch> {
    const taken = this.#byEpoch;
    this.#byEpoch = new Map();
    this.#waiting = 0;
    for (const [epochId, byNode] of taken) {
      const nodes = [...byNode].sort(([one], [other]) => (one < other ? -1 : 1));
      for (let from = 0; from < nodes.length; from += NODES_AN_ENTRY) {
        yield { ...this.#batchOf(epochId, nodes.slice(from, from + NODES_AN_ENTRY)), lost: this.#lost };
        this.#lost = 0;
      }
    }
  }

  #note(nodeId: NodeId, noted: Noted): void {
    const epochId = this.#epoch();
    if (epochId === 0) return;
    if (this.#waiting >= this.#mostWaiting) {
      this.#lost += 1;
      return;
    }
    this.#waiting += 1;
    const byNode = this.#byEpoch.get(epochId) ?? new Map<NodeId, Noted[]>();
    if (byNode.size === 0) this.#byEpoch.set(epochId, byNode);
    const known = byNode.get(nodeId);
    if (known === undefined) byNode.set(nodeId, [noted]);
    else known.push(noted);
  }

  #batchOf(
    epochId: EpochId,
    byNode: readonly (readonly [NodeId, readonly Noted[]])[],
  ): Omit<ToldBatch, 'lost'> {
    const nodes = byNode.map(([nodeId, noted]): ToldNode & { tellings: readonly Telling[] } => ({
      nodeId,
      epochId,
      salt: this.#nextSalt(),
      told: noted.map((one) => wordsOf(one).hash),
      tellings: noted.map((one) => wordsOf(one).telling),
    }));
    const { root } = batchTree(
      nodes.map((node) => toldLeaf(node, platformSha256)),
      platformSha256,
    );
    return { epochId, nodes, root };
  }
}

function wordsOf(noted: Noted): NonNullable<Noted['words']> {
  const { kind, digest, version, sentAtMs, allowed, reasonCode: reason_code } = noted;
  if (noted.words !== undefined) return noted.words;
  const telling: Telling = {
    ...{ kind, version, sha256: toHex(digest), sent_at: formatRfc3339(sentAtMs) },
    ...defined({ allowed, reason_code }),
  };
  const words = { telling, hash: hashTelling(telling, platformSha256) };
  noted.words = words;
  return words;
}
