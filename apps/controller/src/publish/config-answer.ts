// One node's config, as it goes over the wire: in full, or as the difference from a version that the node has.

import type { MembershipIndex, MeshView, NodeRecord, PairLimits, Standing } from '@mesh/membership';
import { hostRoute, peerView } from '@mesh/membership';
import type { MeshId, NodeId } from '@mesh/primitives';
import {
  type ConfigAnswer,
  type ConfigDelta,
  type ConfigKeys,
  type ConfigPeer,
  type FullConfig,
  type Rotation,
  type Sign,
  signMessage,
  type UnsealedKeys,
} from '@mesh/protocol';
import type { Cidr, IpAddress } from '@mesh/wg';
import type { PskDeriver } from '../epochs/psk-deriver.ts';
import type { LogHead } from '../store/log-writer.ts';
import { formatVersion, type NamedVersion, type Version } from './change-feed.ts';
import { deriveKeys, type HeldEpochs } from './derive-keys.ts';
import type { News, Publication } from './publication.ts';

export interface ConfigAnswerOptions {
  readonly meshId: MeshId;
  readonly view: MeshView;
  readonly members: MembershipIndex;
  readonly publication: Publication;
  readonly deriver: PskDeriver;
  readonly sign: Sign;
  readonly nowMs: () => number;
  readonly limits: PairLimits;
  readonly standing: (node: NodeRecord) => Standing;
  readonly logHead: () => LogHead;
  /** How long what is said to a node stands; while storage fails no longer than what it was told before. */
  readonly leaseSeconds: (nodeId: NodeId) => number;
  readonly challenge: () => string | undefined;
  readonly mtu: number;
  readonly rotation: Rotation;
  readonly leadMs: number;
  /** No endpoint is published within them. */
  readonly overlayNetworks: readonly Cidr[];
  /** Prefix lengths of the overlay network, by family. */
  readonly prefixLength: { readonly v4: number | undefined; readonly v6: number | undefined };
  /** Whether nodes that send no key to seal to get keys all the same. */
  readonly insecureUnsealedKeys: boolean;
  /** Whether to add the proof of concept's per-node key (--insecure-poc-compat). */
  readonly insecurePocCompat: boolean;
}

type KeysOrCut =
  | { readonly kind: 'keys'; readonly keys: ConfigKeys | undefined; readonly cuts: readonly NodeRecord[] }
  /** They are not there: somebody was cut first, or they could not be made. */
  | { readonly kind: 'cut'; readonly cuts: readonly NodeRecord[]; readonly error?: unknown };

type Unsigned<T> = Omit<T, 'signature'>;
type Common = Omit<Unsigned<FullConfig>, 'interface' | 'peers' | 'keys'>;

export class ConfigAnswers {
  readonly #options: ConfigAnswerOptions;

  constructor(options: ConfigAnswerOptions) {
    this.#options = options;
  }

  /** Everything that the node is to be. */
  async full(nodeId: NodeId): Promise<FullConfig> {
    const { members, publication, nowMs, sign } = this.#options;
    const before = this.#node(nodeId);
    const version = publication.version();
    const peers = members.isIn(before) ? [...members.peersOf(before)] : [];
    const derived = members.isIn(before)
      ? await this.#keys(before, peers, publication.heldEpochs(nowMs()), version)
      : undefined;
    const pocPsk = await this.#pocPsk(before);
    // While keys were derived somebody may have been cut: nobody is published again who is out by now.
    const node = this.#node(nodeId);
    const still = members.isIn(node) ? peers.filter((peer) => members.isIn(peer)) : [];
    const keys =
      members.isIn(node) && derived !== undefined ? withoutCut(derived, (id) => this.#isIn(id)) : undefined;
    const body: Unsigned<FullConfig> = {
      ...this.#common(node, version),
      ...(pocPsk === undefined ? {} : { psk_base64: pocPsk }),
      interface: {
        addresses: node.addresses.map((address) => this.#interfaceAddress(address)),
        mtu: this.#options.mtu,
      },
      peers: still.map((peer) => this.#peerView(node, peer, version)),
      ...(keys === undefined ? {} : { keys }),
    };
    return signMessage('config', body, sign);
  }

  /**
   * What changed; for removals and limits alone nothing is derived. In full after all where the node itself was cut
   * meanwhile. A removal waits for no key: one that comes while keys are made is told without them, and the version
   * stays what it was, so that the next query brings them.
   */
  async delta(nodeId: NodeId, news: Extract<News, { kind: 'difference' }>): Promise<ConfigAnswer> {
    const { members, publication, sign } = this.#options;
    const version = publication.version();
    const changed = this.#recordsOf(news.changed);
    const arrivals = changed.filter((peer) => members.isIn(peer));
    const awaited = await this.#keysOrCut(nodeId, news, arrivals, version);
    const node = this.#node(nodeId);
    if (!members.isIn(node)) return this.full(nodeId);
    const cuts = awaited.cuts.filter((cut) => !changed.some((peer) => peer.nodeId === cut.nodeId));
    const removed = [...changed, ...cuts].filter((peer) => !this.#isIn(peer.nodeId));
    if (awaited.kind === 'cut' && removed.length === 0) throw awaited.error ?? new Error('no keys were made');
    const told =
      awaited.kind === 'cut'
        ? { version: news.base, added: [], keys: undefined }
        : { version, added: [...arrivals, ...this.#recordsOf(news.limited)], keys: awaited.keys };
    const added = told.added.filter((peer) => this.#isIn(peer.nodeId));
    const body: Unsigned<ConfigDelta> = {
      ...this.#common(node, told.version),
      base: formatVersion(news.base),
      removed: removed.map((peer) => peer.nodeId),
      added: added.map((peer) => this.#peerView(node, peer, version)),
      ...(told.keys === undefined ? {} : { keys: withoutCut(told.keys, (id) => this.#isIn(id)) }),
    };
    return signMessage('config', body, sign);
  }

  /**
   * Who is out, and nothing else: for a process that has no epoch yet. The version stays the one that the node has. In
   * full where the node itself is out.
   */
  async removals(nodeId: NodeId, base: NamedVersion): Promise<ConfigAnswer> {
    const { members, view, sign } = this.#options;
    const node = this.#node(nodeId);
    if (!members.isIn(node)) return this.full(nodeId);
    const body: Unsigned<ConfigDelta> = {
      ...this.#common(node, base),
      base: formatVersion(base),
      removed: [...view.nodes()].filter((peer) => !members.isIn(peer)).map((peer) => peer.nodeId),
      added: [],
    };
    return signMessage('config', body, sign);
  }

  /** The keys of a difference, or the first cut that concerns the node while they are made. */
  async #keysOrCut(
    nodeId: NodeId,
    { newEpoch }: Extract<News, { kind: 'difference' }>,
    arrivals: readonly NodeRecord[],
    version: Version,
  ): Promise<KeysOrCut> {
    const { members, publication, nowMs } = this.#options;
    if (!newEpoch && arrivals.length === 0) return { kind: 'keys', keys: undefined, cuts: [] };
    const node = this.#node(nodeId);
    const { current, next } = publication.heldEpochs(nowMs());
    // The node has the epoch before; of that it needs keys for newcomers only, and in a new epoch there are none.
    const keys = newEpoch
      ? this.#keys(
          node,
          [...members.peersOf(node)],
          next === undefined ? { current, next } : { current: undefined, next },
          version,
        )
      : this.#keys(node, arrivals, { current, next }, version);
    const cuts: NodeRecord[] = [];
    let stop = (): void => undefined;
    const cut = new Promise<KeysOrCut>((resolve) => {
      stop = publication.onCut((gone) => {
        if (gone.nodeId !== nodeId && !members.arePeers(node, gone)) return;
        cuts.push(gone);
        resolve({ kind: 'cut', cuts });
      });
    });
    const made = keys.then(
      (ready): KeysOrCut => ({ kind: 'keys', keys: ready, cuts }),
      // Without keys, who is out is out all the same.
      (error: unknown): KeysOrCut => ({ kind: 'cut', cuts, error }),
    );
    return Promise.race([made, cut]).finally(stop);
  }

  #recordsOf(nodeIds: readonly NodeId[]): NodeRecord[] {
    return nodeIds.map((id) => this.#options.view.node(id)).filter((peer) => peer !== undefined);
  }

  #keys(
    node: NodeRecord,
    peers: readonly NodeRecord[],
    epochs: HeldEpochs,
    version: Version,
  ): Promise<ConfigKeys | undefined> {
    return deriveKeys(this.#options, node, peers, epochs, formatVersion(version));
  }

  #node(nodeId: NodeId): NodeRecord {
    const node = this.#options.view.node(nodeId);
    if (node === undefined) throw new Error(`node ${nodeId} has vanished`);
    return node;
  }

  #isIn(nodeId: NodeId): boolean {
    const { view, members } = this.#options;
    const node = view.node(nodeId);
    return node !== undefined && members.isIn(node);
  }

  #peerView(node: NodeRecord, peer: NodeRecord, { epochId }: Version): ConfigPeer {
    const { limits, overlayNetworks } = this.#options;
    return peerView(peer, limits.between(node, peer, epochId), overlayNetworks);
  }

  #common(node: NodeRecord, version: NamedVersion): Common {
    const { meshId, standing, nowMs, leaseSeconds, challenge, logHead, rotation, leadMs } = this.#options;
    const { allowed, reason, reasonCode } = standing(node);
    const head = logHead();
    const now = challenge();
    return {
      mesh_id: meshId,
      node_id: node.nodeId,
      version: formatVersion(version),
      epoch_id: version.epochId as Common['epoch_id'],
      allowed,
      reason,
      reason_code: reasonCode,
      server_time_ms: Math.floor(nowMs()),
      lease_seconds: leaseSeconds(node.nodeId),
      ...(now === undefined ? {} : { challenge: now }),
      rotation,
      lead_ms: Math.round(leadMs),
      log_head: { size: head.size, root_hash: head.rootHash },
    };
  }

  async #pocPsk(node: NodeRecord): Promise<string | undefined> {
    const { insecurePocCompat, members, publication, deriver, nowMs } = this.#options;
    if (!insecurePocCompat || !members.isIn(node)) return undefined;
    const { current, next } = publication.heldEpochs(nowMs());
    const epoch = current ?? next;
    return epoch === undefined
      ? undefined
      : Buffer.from(await deriver.single(epoch.epochId, node.nodeId)).toString('base64');
  }

  #interfaceAddress(address: IpAddress): string {
    const { v4, v6 } = this.#options.prefixLength;
    const length = address.includes(':') ? v6 : v4;
    return length === undefined ? hostRoute(address) : `${address}/${length}`;
  }
}

/**
 * Takes out the keys of who was cut while they were derived. What is sealed stays whole: such a key is of no use without
 * the peer, and the agent drops it.
 */
function withoutCut(keys: ConfigKeys, keep: (nodeId: NodeId) => boolean): ConfigKeys {
  return keys.suite === 'none' ? filterKeys(keys, keep) : keys;
}

function filterKeys(keys: UnsealedKeys, keep: (nodeId: NodeId) => boolean): UnsealedKeys {
  // Nearly always everybody stays: then a record of up to thousands of keys is not built twice.
  const filter = (psks: Record<string, string>) =>
    (Object.keys(psks) as NodeId[]).every(keep)
      ? psks
      : Object.fromEntries(Object.entries(psks).filter(([id]) => keep(id as NodeId)));
  return {
    suite: keys.suite,
    ...(keys.current === undefined ? {} : { current: { ...keys.current, psks: filter(keys.current.psks) } }),
    ...(keys.next === undefined ? {} : { next: { ...keys.next, psks: filter(keys.next.psks) } }),
  };
}
