// Builds the config that a node gets: the whole config, or the difference from a version that the node has.

import { hostRoute, type NodeRecord, type ProbationPeer } from '@mesh/membership';
import { defined, type NodeId } from '@mesh/primitives';
import { type ConfigDelta, type ConfigKeys, type FullConfig, ProblemError, problem } from '@mesh/protocol';
import { type IpAddress, ipFamily } from '@mesh/wg';
import { deriveKeys, type HeldEpochs } from '../keys/derive-keys.ts';
import type { AgentAbilities } from './agent-abilities.ts';
import { formatVersion, type NamedVersion, type Version } from './change-feed.ts';
import { comesBackAfter } from './comes-back-after.ts';
import type { ConfigAnswerOptions } from './config-answer-options.ts';
import { configHead } from './config-head.ts';
import type { Unsigned, UnsignedConfig } from './config-signer.ts';
import type { News } from './find-news.ts';
import { type KeysOrCut, keysOrCut } from './keys-or-cut.ts';
import { namesOut } from './names-out.ts';
import { withoutCut } from './without-cut.ts';

export interface Difference {
  /** The signed config as JSON. */
  readonly text: string;
  /** Whether it keeps the version that it starts from: it holds only removals, and the rest is to come. */
  readonly keepsVersion: boolean;
}

export class ConfigAnswers {
  readonly #options: ConfigAnswerOptions;

  constructor(options: ConfigAnswerOptions) {
    this.#options = options;
  }

  /** @returns the whole config, signed, as JSON */
  async full(nodeId: NodeId, abilities: AgentAbilities): Promise<string> {
    const { members, publication, nowMs, peerViews } = this.#options;
    const before = this.#node(nodeId);
    const version = publication.version();
    const wasIn = members.isIn(before);
    const peers = wasIn ? [...members.peersOf(before)] : [];
    const tunnels = this.#tunnels(before, abilities);
    const derived =
      wasIn || tunnels.length > 0
        ? await this.#keys(before, peers, publication.heldEpochs(nowMs()), version, tunnels)
        : undefined;
    // Nodes may have been cut while the keys were derived. Nodes that are out by now must not be published.
    // What was made for a node that was in is not for one that is out.
    const node = this.#node(nodeId);
    const isIn = members.isIn(node);
    const still = isIn ? peers.filter((peer) => members.isIn(peer)) : [];
    const open = wasIn && !isIn ? [] : this.#stillOpen(node, tunnels, abilities);
    const isNamed = (id: NodeId) => this.#isIn(id) || open.some(({ peer }) => peer.nodeId === id);
    const keys =
      derived === undefined || !(isIn || open.length > 0) ? undefined : withoutCut(derived, isNamed);
    const body: Unsigned<FullConfig> = {
      ...configHead(this.#options, node, version, abilities),
      ...defined({ class: abilities.takesNotices ? node.class : undefined }),
      interface: {
        addresses: node.addresses.map((address) => this.#interfaceAddress(address)),
        mtu: this.#options.mtu,
      },
      peers: [
        ...still.map((peer) => peerViews.ordinary(node, peer, version, abilities)),
        ...open.map((tunnel) => peerViews.probation(node, tunnel, version)),
      ],
      ...defined({ keys }),
    };
    return this.#sign(body, abilities);
  }

  /**
   * The difference. If it holds only removals and limits, no keys are derived. If the node itself was cut
   * meanwhile, the answer is the whole config. A removal does not wait for keys: if a node is cut while keys
   * are made, the answer holds the removals without keys and keeps the node's version, so that its next query
   * brings the keys.
   *
   * A peer that was out since `base` and comes back with the next epoch is both removed and added: a node
   * that missed the removal may hold its key of the epoch in force. So is a peer whose probation tunnel came,
   * went or changed.
   *
   * @throws the error of making the keys, if there is no removal to publish
   */
  async delta(
    nodeId: NodeId,
    news: Extract<News, { kind: 'difference' }>,
    abilities: AgentAbilities,
  ): Promise<Difference> {
    const { members, publication, nowMs, peerViews } = this.#options;
    const version = publication.version();
    const retold = new Set(news.tunnels);
    const names = [...new Set([...news.changed, ...news.tunnels])];
    const changed = this.#recordsOf(names);
    const isPeer = (peer: NodeRecord) =>
      this.#isIn(peer.nodeId) && members.arePeers(this.#node(nodeId), peer);
    const arrivals = changed.filter(isPeer);
    const before = this.#tunnels(this.#node(nodeId), abilities);
    const told = news.isNewEpoch ? before : before.filter(({ peer }) => retold.has(peer.nodeId));
    const awaited = await this.#keysOrCut(nodeId, news, arrivals, told, version);
    const node = this.#node(nodeId);
    if (!members.isIn(node)) return { text: await this.full(nodeId, abilities), keepsVersion: false };
    const recorded = new Set(changed.map((peer) => peer.nodeId));
    const cuts = awaited.cuts.filter((cut) => !recorded.has(cut.nodeId));
    const removed = [
      ...names.filter((id) => !recorded.has(id)),
      ...[...changed, ...cuts].filter((peer) => !isPeer(peer)).map((peer) => peer.nodeId),
    ];
    if (awaited.kind === 'cut' && removed.length === 0) throw awaited.error ?? new Error('no keys were made');
    const isCut = awaited.kind === 'cut';
    const added = isCut ? [] : [...arrivals, ...this.#recordsOf(news.limited)].filter(isPeer);
    const open = isCut ? [] : this.#stillOpen(node, told, abilities);
    const isNamed = (id: NodeId) => this.#isIn(id) || open.some(({ peer }) => peer.nodeId === id);
    const { current } = publication.heldEpochs(nowMs());
    const returning = arrivals.filter(
      (peer) => isPeer(peer) && (retold.has(peer.nodeId) || comesBackAfter(peer, current?.epochId)),
    );
    const body: Unsigned<ConfigDelta> = {
      ...configHead(this.#options, node, isCut ? news.base : version, abilities),
      base: formatVersion(news.base),
      removed: [...removed, ...returning.map((peer) => peer.nodeId)],
      added: [
        ...added.map((peer) => peerViews.ordinary(node, peer, version, abilities)),
        ...open.map((tunnel) => peerViews.probation(node, tunnel, version)),
      ],
      ...(isCut || awaited.keys === undefined ? {} : { keys: withoutCut(awaited.keys, isNamed) }),
    };
    const text = await this.#sign(body, abilities);
    return { text, keepsVersion: body.version === body.base };
  }

  /**
   * Names the nodes that are out and nothing else, for a process that has not opened an epoch yet. The
   * version stays that of the node. If the node itself is out, the answer is the whole config.
   */
  async removals(nodeId: NodeId, base: NamedVersion, abilities: AgentAbilities): Promise<string> {
    const { members, view } = this.#options;
    const node = this.#node(nodeId);
    if (!members.isIn(node)) return this.full(nodeId, abilities);
    const body: Unsigned<ConfigDelta> = {
      ...configHead(this.#options, node, base, abilities),
      base: formatVersion(base),
      removed: namesOut(view, members),
      added: [],
    };
    return this.#sign(body, abilities);
  }

  async #sign(body: UnsignedConfig, { takesBatches }: AgentAbilities): Promise<string> {
    const { signer, told } = this.#options;
    const { text, digest } = await signer.sign(body, takesBatches);
    await told.noteConfig(body, digest);
    return text;
  }

  /** Makes the keys of a difference. Returns early if the node itself or a peer is cut meanwhile. */
  async #keysOrCut(
    nodeId: NodeId,
    { isNewEpoch }: Extract<News, { kind: 'difference' }>,
    arrivals: readonly NodeRecord[],
    tunnels: readonly ProbationPeer[],
    version: Version,
  ): Promise<KeysOrCut> {
    const { members, publication, nowMs } = this.#options;
    if (!isNewEpoch && arrivals.length === 0 && tunnels.length === 0)
      return { kind: 'keys', keys: undefined, cuts: [] };
    const node = this.#node(nodeId);
    const { current, next } = publication.heldEpochs(nowMs());
    // The node has the keys of the previous epoch. It would need more of that epoch only for newcomers, and a
    // new epoch brings none.
    const keys = isNewEpoch
      ? this.#keys(
          node,
          [...members.peersOf(node)],
          next === undefined ? { current, next } : { current: undefined, next },
          version,
          tunnels,
        )
      : this.#keys(node, arrivals, { current, next }, version, tunnels);
    return keysOrCut(this.#options, node, keys);
  }

  #recordsOf(nodeIds: readonly NodeId[]): NodeRecord[] {
    return nodeIds.map((id) => this.#options.view.node(id)).filter((peer) => peer !== undefined);
  }

  #keys(
    node: NodeRecord,
    peers: readonly NodeRecord[],
    epochs: HeldEpochs,
    version: Version,
    tunnels: readonly ProbationPeer[],
  ): Promise<ConfigKeys | undefined> {
    return deriveKeys(this.#options, node, peers, epochs, formatVersion(version), tunnels);
  }

  #tunnels(node: NodeRecord, { takesExams }: AgentAbilities): ProbationPeer[] {
    return takesExams === true ? this.#options.tunnels.peersOf(node) : [];
  }

  /** The probation tunnels that are open now, of those that keys were made for. */
  #stillOpen(node: NodeRecord, made: readonly ProbationPeer[], abilities: AgentAbilities): ProbationPeer[] {
    const named = new Set(made.map(({ peer }) => peer.nodeId));
    return this.#tunnels(node, abilities).filter(({ peer }) => named.has(peer.nodeId));
  }

  #node(nodeId: NodeId): NodeRecord {
    const node = this.#options.view.node(nodeId);
    if (node === undefined)
      throw new ProblemError(problem('node_unknown', `node ${nodeId} is not enrolled here any more`));
    return node;
  }

  #isIn(nodeId: NodeId): boolean {
    const { view, members } = this.#options;
    const node = view.node(nodeId);
    return node !== undefined && members.isIn(node);
  }

  #interfaceAddress(address: IpAddress): string {
    const { v4, v6 } = this.#options.prefixLength;
    const length = ipFamily(address) === 6 ? v6 : v4;
    return length === undefined ? hostRoute(address) : `${address}/${length}`;
  }
}
