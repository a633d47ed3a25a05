// Notes what each node was told: the digests of the configs and removal notices that were signed for it. They
// wait in memory until they are recorded (schedule/told-recorder.ts), and in a file in case the process is
// killed (store/told-file.ts).

import { hashTelling, type Telling, type ToldNode, toldLeaf } from '@mesh/evidence';
import { drawAhead, platformSha256 } from '@mesh/host';
import type { ToldBatch } from '@mesh/membership';
import { defined, type EpochId, formatRfc3339, type NodeId, toHex } from '@mesh/primitives';
import { answerDigest, batchTree, type RemovalNotice } from '@mesh/protocol';
import type { ToldFile, ToldLeft, ToldLine } from '../store/told-file.ts';
import type { UnsignedConfig } from './config-signer.ts';

/** How many nodes share an entry: some milliseconds of hashing. */
const NODES_PER_ENTRY = 256;
const SALT_LENGTH_BYTES = 32;
/** While nothing can be recorded, no more wait than this. */
const MOST_WAITING = 1_000_000;

/** What was signed for a node. It is put into words when it is recorded: the answer goes out first. */
interface Noted extends Omit<ToldLine, 'epochId' | 'nodes'> {
  /** Once it was recorded for the first node that was told it. */
  words?: { readonly telling: Telling; readonly hash: string };
}

type ByEpoch = Map<EpochId, Map<NodeId, Noted[]>>;

export class ToldConfigs {
  readonly #epoch: () => EpochId | 0;
  readonly #nextSalt: () => Uint8Array;
  readonly #file: Pick<ToldFile, 'append' | 'startNext'>;
  readonly #mostWaiting: number;
  /** What a process before this one has told and not recorded. */
  #recovered: ByEpoch = new Map();
  #byEpoch: ByEpoch = new Map();
  #waiting = 0;
  #lost = 0;
  /** What is to be written to the file, by what was told. */
  #unwritten = new Map<Noted, ToldLine & { readonly nodes: NodeId[] }>();
  #written: Promise<void> | undefined;

  /**
   * @param epoch the newest one, 0 before the first. What a node names in its query does not say in which
   *   epoch it was told something
   */
  constructor(
    epoch: () => EpochId | 0,
    randomBytes: (length: number) => Uint8Array,
    file: Pick<ToldFile, 'append' | 'startNext'>,
    mostWaiting = MOST_WAITING,
  ) {
    this.#epoch = epoch;
    this.#nextSalt = drawAhead(randomBytes, SALT_LENGTH_BYTES);
    this.#file = file;
    this.#mostWaiting = mostWaiting;
  }

  /**
   * Takes what earlier processes have left; call it before anything is noted.
   * @param recorded what the log says of an epoch already; see `ToldRows.recordedIn`
   */
  recover({ lines, unreadable }: ToldLeft, recorded: (epochId: EpochId) => ReadonlySet<string>): void {
    const known = new Map<EpochId, ReadonlySet<string>>();
    for (const { epochId, nodes, ...noted } of lines) {
      const ofEpoch = known.get(epochId) ?? recorded(epochId);
      known.set(epochId, ofEpoch);
      for (const nodeId of nodes)
        if (!ofEpoch.has(`${nodeId} ${wordsOf(noted).hash}`)) add(this.#recovered, epochId, nodeId, noted);
    }
    this.#lost += unreadable;
  }

  /**
   * @param digest of the config, see `answerDigest`
   * @returns resolves in this turn of the event loop, when the note outlives the process: await it before the
   *   config leaves
   */
  noteConfig(body: UnsignedConfig, digest: Uint8Array): Promise<void> {
    const { node_id, version, server_time_ms: sentAtMs, allowed, reason_code: reasonCode } = body;
    const sha256 = toHex(digest);
    return this.#note(node_id, { kind: 'config', sha256, version, sentAtMs, allowed, reasonCode });
  }

  /** Makes what is noted for each node that gets the same notice; await it as for a config. */
  forNotice(body: Omit<RemovalNotice, 'signature'>): (nodeId: NodeId) => Promise<void> {
    const { version, server_time_ms: sentAtMs } = body;
    const sha256 = toHex(answerDigest('removal_notice', body, platformSha256));
    const noted: Noted = { kind: 'removal_notice', sha256, version, sentAtMs };
    return (nodeId) => this.#note(nodeId, noted);
  }

  /**
   * Takes what waits, in parts that are to be recorded one by one. What is taken is gone from here, and from
   * the file at the next call: everything that was taken before it is to be recorded by then.
   * @yields each part; to make one takes some milliseconds
   */
  *take(): Generator<ToldBatch> {
    this.#write();
    this.#file.startNext();
    const [recovered, taken] = [this.#recovered, this.#byEpoch];
    this.#recovered = new Map();
    this.#byEpoch = new Map();
    this.#waiting = 0;
    yield* this.#batchesOf(recovered, true);
    yield* this.#batchesOf(taken, false);
  }

  *#batchesOf(byEpoch: ByEpoch, isRecovered: boolean): Generator<ToldBatch> {
    for (const [epochId, byNode] of byEpoch) {
      const nodes = [...byNode].sort(([one], [other]) => (one < other ? -1 : 1));
      for (let from = 0; from < nodes.length; from += NODES_PER_ENTRY) {
        const part = this.#batchOf(epochId, nodes.slice(from, from + NODES_PER_ENTRY));
        yield { ...part, lost: this.#lost, isRecovered };
        this.#lost = 0;
      }
    }
  }

  #note(nodeId: NodeId, noted: Noted): Promise<void> {
    const epochId = this.#epoch();
    if (epochId === 0) return Promise.resolve();
    if (this.#waiting >= this.#mostWaiting) {
      this.#lost += 1;
      return Promise.resolve();
    }
    this.#waiting += 1;
    add(this.#byEpoch, epochId, nodeId, noted);
    const line = this.#unwritten.get(noted);
    if (line?.epochId === epochId) line.nodes.push(nodeId);
    else this.#unwritten.set(noted, lineOf(noted, epochId, nodeId));
    // Everything that is noted in the same moment is written at once.
    this.#written ??= Promise.resolve().then(() => this.#write());
    return this.#written;
  }

  #write(): void {
    this.#written = undefined;
    if (this.#unwritten.size === 0) return;
    this.#file.append([...this.#unwritten.values()]);
    this.#unwritten = new Map();
  }

  #batchOf(
    epochId: EpochId,
    byNode: readonly (readonly [NodeId, readonly Noted[]])[],
  ): Pick<ToldBatch, 'epochId' | 'nodes' | 'root'> {
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

function add(byEpoch: ByEpoch, epochId: EpochId, nodeId: NodeId, noted: Noted): void {
  const byNode = byEpoch.get(epochId) ?? new Map<NodeId, Noted[]>();
  if (byNode.size === 0) byEpoch.set(epochId, byNode);
  const known = byNode.get(nodeId);
  if (known === undefined) byNode.set(nodeId, [noted]);
  else known.push(noted);
}

function lineOf({ words: _, ...noted }: Noted, epochId: EpochId, nodeId: NodeId) {
  return { epochId, nodes: [nodeId], ...noted };
}

function wordsOf(noted: Noted): NonNullable<Noted['words']> {
  const { kind, sha256, version, sentAtMs, allowed, reasonCode: reason_code } = noted;
  if (noted.words !== undefined) return noted.words;
  const telling: Telling = {
    ...{ kind, version, sha256, sent_at: formatRfc3339(sentAtMs) },
    ...defined({ allowed, reason_code }),
  };
  const words = { telling, hash: hashTelling(telling, platformSha256) };
  noted.words = words;
  return words;
}
