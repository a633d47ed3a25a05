// Makes removal notices: one signature for all nodes of a class that hold the same version. A notice is made
// when the first of them asks, and the others get its bytes.

import type { MembershipIndex, MeshView, NodeRecord } from '@mesh/membership';
import { defined, type MeshId, type NodeId } from '@mesh/primitives';
import { type RemovalNotice, signMessage } from '@mesh/protocol';
import type { LeaseGrant } from '../leases/leases.ts';
import type { LogHead } from '../store/log-writer.ts';
import type { ConfigKeys } from '../trust/config-keys.ts';
import { type ChangedNodes, formatVersion, type NamedVersion } from './change-feed.ts';
import type { News } from './find-news.ts';
import type { Publication } from './publication.ts';
import type { ToldConfigs } from './told-configs.ts';

/**
 * How old a notice may be that is given again. Its `server_time_ms` is as old, and agents take a difference
 * of 2 s for a clock that was set.
 */
const LONGEST_USE_MS = 1_000;
/** With more exceptions than this, every node gets a delta of its own. */
const MOST_EXCEPTIONS = 64;

export interface RemovalNoticesOptions {
  readonly meshId: MeshId;
  readonly view: MeshView;
  readonly members: MembershipIndex;
  readonly publication: Publication;
  readonly signer: Pick<ConfigKeys, 'publicKey' | 'sign'>;
  readonly nowMs: () => number;
  readonly monotonicMs: () => number;
  readonly logHead: () => LogHead;
  /** The lease that answers give while the disk takes writes. */
  readonly grant: () => LeaseGrant;
  readonly challenge: () => string | undefined;
  readonly told: Pick<ToldConfigs, 'forNotice'>;
}

export interface MadeNotice {
  /** The signed notice, as it goes over the wire. */
  readonly text: string;
  /** The version that it leads to. */
  readonly version: string;
  /** The lease that the notice states. Each node that gets the notice is to be given it. */
  readonly grant: LeaseGrant;
  /** Notes that a node is told it; await it before the notice leaves. */
  readonly noteTold: (nodeId: NodeId) => Promise<void>;
}

export class RemovalNotices {
  readonly #options: RemovalNoticesOptions;
  /** By class and base, all of one version and one key. Undefined: these nodes get deltas of their own. */
  readonly #made = new Map<string, MadeNotice | undefined>();
  #version: string | undefined;
  #publicKey: string | undefined;
  #madeAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: RemovalNoticesOptions) {
    this.#options = options;
  }

  /**
   * Call it for a node that is in, and only while storage takes writes and no planned work is under way,
   * because otherwise leases differ.
   *
   * @param news what is new for this node. Which of its news are peers' depends on its class only
   * @returns undefined if the news are more than removals, so that the node needs a delta of its own
   */
  noticeFor(node: NodeRecord, news: Extract<News, { kind: 'difference' }>): MadeNotice | undefined {
    const { publication, monotonicMs, signer } = this.#options;
    if (news.areExamsChanged) return undefined;
    const version = publication.currentVersion();
    const nowMs = monotonicMs();
    const isOld = nowMs - this.#madeAtMs >= LONGEST_USE_MS;
    if (isOld || version !== this.#version || signer.publicKey !== this.#publicKey) {
      this.#made.clear();
      this.#publicKey = signer.publicKey;
      this.#version = version;
      this.#madeAtMs = nowMs;
    }
    const key = `${formatVersion(news.base)} ${node.class}`;
    const known = this.#made.get(key);
    if (known !== undefined || this.#made.has(key)) return known;
    const made = this.#make(node.class, news, version);
    this.#made.set(key, made);
    return made;
  }

  #make(
    audience: string,
    news: Extract<News, { kind: 'difference' }>,
    version: string,
  ): MadeNotice | undefined {
    const { meshId, signer, nowMs, logHead, grant, challenge, told } = this.#options;
    if (news.isNewEpoch || news.limited.length > 0 || news.changed.some((id) => this.#isIn(id)))
      return undefined;
    const except = this.#exceptions(audience, news.base, new Set(news.changed));
    if (except === undefined || except.length > MOST_EXCEPTIONS) return undefined;
    const lease = grant();
    const head = logHead();
    const body: Omit<RemovalNotice, 'signature'> = {
      mesh_id: meshId,
      class: audience,
      base: formatVersion(news.base),
      version,
      epoch_id: news.base.epochId as RemovalNotice['epoch_id'],
      removed: [...news.changed],
      except,
      server_time_ms: Math.floor(nowMs()),
      lease_seconds: lease.leaseSeconds,
      ...defined({ challenge: challenge() }),
      log_head: { size: head.size, root_hash: head.rootHash },
    };
    const text = JSON.stringify(signMessage('removal_notice', body, signer.sign));
    return { text, version, grant: lease, noteTold: told.forNotice(body) };
  }

  /**
   * The nodes of the class that the notice must not move to the new version, because they need a config of
   * their own. Nodes that were out before are not among them: their config says that they are not allowed,
   * and with such a config an agent takes no notice.
   */
  #exceptions(audience: string, base: NamedVersion, removed: ReadonlySet<NodeId>): NodeId[] | undefined {
    const changed: ChangedNodes | undefined = this.#options.publication.changedSince(base.counter);
    if (changed === undefined) return undefined;
    const themselves = new Set([
      ...changed.peers,
      ...changed.limits,
      ...changed.selves,
      ...changed.exams.keys(),
    ]);
    return [...themselves].filter(
      (nodeId) =>
        !removed.has(nodeId) &&
        this.#isOrWas(nodeId, audience) &&
        (changed.peers.has(nodeId) || this.#isIn(nodeId)),
    );
  }

  /** A node that does not know yet that its class has changed would take a notice for its class before. */
  #isOrWas(nodeId: NodeId, className: string): boolean {
    const { view, publication } = this.#options;
    return view.node(nodeId)?.class === className || publication.formerClassesOf(nodeId).has(className);
  }

  #isIn(nodeId: NodeId): boolean {
    const { view, members } = this.#options;
    const node = view.node(nodeId);
    return node !== undefined && members.isIn(node);
  }
}
