// Builds the config that a node gets: the whole config, or the difference from a version that the node has.

import { hostRoute, type NodeRecord, peerView } from '@mesh/membership';
import { defined, type NodeId } from '@mesh/primitives';
import {
  type ConfigDelta,
  type ConfigKeys,
  type ConfigPeer,
  type FullConfig,
  ProblemError,
  problem,
} from '@mesh/protocol';
import { type IpAddress, ipFamily } from '@mesh/wg';
import { deriveKeys, type HeldEpochs } from '../keys/derive-keys.ts';
import type { AgentAbilities } from './agent-abilities.ts';
import { formatVersion, type NamedVersion, type Version } from './change-feed.ts';
import { comesBackAfter } from './comes-back-after.ts';
import type { ConfigAnswerOptions } from './config-answer-options.ts';
import { listsAfter } from './config-key-lists.ts';
import type { Unsigned, UnsignedConfig } from './config-signer.ts';
import { assignmentIds } from './exam-assignments.ts';
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

type Common = Omit<Unsigned<FullConfig>, 'interface' | 'peers' | 'keys'>;

export class ConfigAnswers {
  readonly #options: ConfigAnswerOptions;

  constructor(options: ConfigAnswerOptions) {
    this.#options = options;
  }

  /** @returns the whole config, signed, as JSON */
  async full(nodeId: NodeId, abilities: AgentAbilities): Promise<string> {
    const { members, publication, nowMs } = this.#options;
    const before = this.#node(nodeId);
    const version = publication.version();
    const peers = members.isIn(before) ? [...members.peersOf(before)] : [];
    const derived = members.isIn(before)
      ? await this.#keys(before, peers, publication.heldEpochs(nowMs()), version)
      : undefined;
    // Nodes may have been cut while the keys were derived. Nodes that are out by now must not be published.
    const node = this.#node(nodeId);
    const still = members.isIn(node) ? peers.filter((peer) => members.isIn(peer)) : [];
    const keys =
      members.isIn(node) && derived !== undefined ? withoutCut(derived, (id) => this.#isIn(id)) : undefined;
    const body: Unsigned<FullConfig> = {
      ...this.#common(node, version, abilities),
      ...defined({ class: abilities.takesNotices ? node.class : undefined }),
      interface: {
        addresses: node.addresses.map((address) => this.#interfaceAddress(address)),
        mtu: this.#options.mtu,
      },
      peers: still.map((peer) => this.#peerView(node, peer, version, abilities)),
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
   * that missed the removal may hold its key of the epoch in force.
   *
   * @throws the error of making the keys, if there is no removal to publish
   */
  async delta(
    nodeId: NodeId,
    news: Extract<News, { kind: 'difference' }>,
    abilities: AgentAbilities,
  ): Promise<Difference> {
    const { members, publication, nowMs } = this.#options;
    const version = publication.version();
    const changed = this.#recordsOf(news.changed);
    const isPeer = (peer: NodeRecord) =>
      this.#isIn(peer.nodeId) && members.arePeers(this.#node(nodeId), peer);
    const arrivals = changed.filter(isPeer);
    const awaited = await this.#keysOrCut(nodeId, news, arrivals, version);
    const node = this.#node(nodeId);
    if (!members.isIn(node)) return { text: await this.full(nodeId, abilities), keepsVersion: false };
    const recorded = new Set(changed.map((peer) => peer.nodeId));
    const cuts = awaited.cuts.filter((cut) => !recorded.has(cut.nodeId));
    const removed = [
      ...news.changed.filter((id) => !recorded.has(id)),
      ...[...changed, ...cuts].filter((peer) => !isPeer(peer)).map((peer) => peer.nodeId),
    ];
    if (awaited.kind === 'cut' && removed.length === 0) throw awaited.error ?? new Error('no keys were made');
    const told =
      awaited.kind === 'cut'
        ? { version: news.base, added: [], keys: undefined }
        : { version, added: [...arrivals, ...this.#recordsOf(news.limited)], keys: awaited.keys };
    const added = told.added.filter(isPeer);
    const { current } = publication.heldEpochs(nowMs());
    const returning = arrivals.filter((peer) => isPeer(peer) && comesBackAfter(peer, current?.epochId));
    const body: Unsigned<ConfigDelta> = {
      ...this.#common(node, told.version, abilities),
      base: formatVersion(news.base),
      removed: [...removed, ...returning.map((peer) => peer.nodeId)],
      added: added.map((peer) => this.#peerView(node, peer, version, abilities)),
      ...(told.keys === undefined ? {} : { keys: withoutCut(told.keys, (id) => this.#isIn(id)) }),
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
      ...this.#common(node, base, abilities),
      base: formatVersion(base),
      removed: namesOut(view, members),
      added: [],
    };
    return this.#sign(body, abilities);
  }

  async #sign(body: UnsignedConfig, { takesBatches }: AgentAbilities): Promise<string> {
    const { signer, told } = this.#options;
    const { text, digest } = await signer.sign(body, takesBatches);
    told.noteConfig(body, digest);
    return text;
  }

  /** Makes the keys of a difference. Returns early if the node itself or a peer is cut meanwhile. */
  async #keysOrCut(
    nodeId: NodeId,
    { isNewEpoch }: Extract<News, { kind: 'difference' }>,
    arrivals: readonly NodeRecord[],
    version: Version,
  ): Promise<KeysOrCut> {
    const { members, publication, nowMs } = this.#options;
    if (!isNewEpoch && arrivals.length === 0) return { kind: 'keys', keys: undefined, cuts: [] };
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
        )
      : this.#keys(node, arrivals, { current, next }, version);
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
  ): Promise<ConfigKeys | undefined> {
    return deriveKeys(this.#options, node, peers, epochs, formatVersion(version));
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

  #peerView(
    node: NodeRecord,
    peer: NodeRecord,
    { epochId }: Version,
    { movesSlots }: AgentAbilities,
  ): ConfigPeer {
    const { pairLimits, overlayNetworks, slotMoves } = this.#options;
    const view = peerView(peer, pairLimits.between(node, peer, epochId), overlayNetworks);
    const use = movesSlots ? slotMoves.between(node, peer) : undefined;
    return use === undefined ? view : { ...view, use_slot_b: use };
  }

  #common(node: NodeRecord, version: NamedVersion, abilities: AgentAbilities): Common {
    const { meshId, view, standing, nowMs, leaseSeconds, challenge, rotation, leadMs } = this.#options;
    const { configKeyListMs } = abilities;
    const { allowed, reason, reasonCode } = standing(node);
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
      ...defined({ challenge: now }),
      rotation,
      lead_ms: Math.round(leadMs),
      ...this.#logPart(abilities),
      ...defined({
        config_key_lists: listsAfter(view, configKeyListMs),
        exams: abilities.takesExams === true ? assignmentIds(view, node.nodeId) : undefined,
      }),
    };
  }

  /** The head and its proof are of one moment. */
  #logPart({ logSize, asksForLog }: AgentAbilities): Pick<Common, 'log_head' | 'log_proof' | 'log'> {
    const { logHead, logProofFrom, logIdentity } = this.#options;
    const { size, rootHash } = logHead();
    return {
      log_head: { size, root_hash: rootHash },
      ...defined({
        log_proof: logSize === undefined ? undefined : logProofFrom(logSize),
        log: asksForLog === true ? logIdentity() : undefined,
      }),
    };
  }

  #interfaceAddress(address: IpAddress): string {
    const { v4, v6 } = this.#options.prefixLength;
    const length = ipFamily(address) === 6 ? v6 : v4;
    return length === undefined ? hostRoute(address) : `${address}/${length}`;
  }
}
