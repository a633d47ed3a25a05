// Finds out what is new for a node since the version of its config that it names.

import type { MembershipIndex, MeshView, NodeRecord } from '@mesh/membership';
import type { EpochId, NodeId } from '@mesh/primitives';
import { type ChangeFeed, type NamedVersion, parseVersion, type Version } from './change-feed.ts';

/** The difference between the version that a node has and the newest one. */
export type News =
  | { readonly kind: 'none' }
  /** The difference is not known, or it concerns the node itself. The node needs its whole config. */
  | { readonly kind: 'everything' }
  | {
      readonly kind: 'difference';
      readonly base: NamedVersion;
      /** Peers that came, went or changed; the node gets keys with them. */
      readonly changed: readonly NodeId[];
      /** Peers to which only the limit changed; the node gets no keys with them. */
      readonly limited: readonly NodeId[];
      readonly isNewEpoch: boolean;
      /** Whether the node has other exams as an examiner. */
      readonly areExamsChanged: boolean;
      /** The other ends of its probation tunnels that came, went or changed. */
      readonly tunnels: readonly NodeId[];
    };

export interface NewsSources {
  readonly view: MeshView;
  readonly members: MembershipIndex;
  readonly feed: ChangeFeed;
  /** The newest version. */
  readonly now: Version;
  /** The first epoch that this process opened; undefined before it. */
  readonly firstHeld: EpochId | undefined;
}

/** @param text the version that the node names; undefined if it has none */
export function findNews(
  { view, members, feed, now, firstHeld }: NewsSources,
  node: NodeRecord,
  text: string | undefined,
): News {
  const base = text === undefined ? undefined : parseVersion(text);
  if (base === undefined || firstHeld === undefined || base.epochId < firstHeld)
    return { kind: 'everything' };
  if (base.epochId === now.epochId && base.counter === now.counter) return { kind: 'none' };
  const changes = feed.since(base.counter, node.nodeId);
  if (changes === undefined || changes.hasChangedItself || base.epochId > now.epochId)
    return { kind: 'everything' };
  const isNewEpoch = base.epochId !== now.epochId;
  if (!members.isIn(node)) return isNewEpoch ? { kind: 'everything' } : { kind: 'none' };
  // A difference carries the keys of the newest epoch only. A node without the previous epoch needs
  // everything.
  if (isNewEpoch && base.epochId !== view.epochs().at(-2)?.epochId) return { kind: 'everything' };
  const isPeer = (nodeId: NodeId) => {
    const peer = view.node(nodeId);
    if (peer !== undefined && members.arePeers(node, peer)) return true;
    // It may have been a peer under another class, or until it was deleted.
    return [...feed.formerClassesOf(nodeId)].some((className) =>
      members.arePeers(node, { nodeId, class: className }),
    );
  };
  const changed = changes.peers.filter(isPeer);
  const limited = changes.areOwnLimitsChanged
    ? peersExcept(members, node, new Set(changed))
    : changes.limits.filter(isPeer);
  const { areExamsChanged, tunnels } = changes;
  const isNews = isNewEpoch || changes.isLeaseChanged || areExamsChanged;
  return changed.length === 0 && limited.length === 0 && !isNews
    ? { kind: 'none' }
    : { kind: 'difference', base, changed, limited, isNewEpoch, areExamsChanged, tunnels };
}

function peersExcept(members: MembershipIndex, node: NodeRecord, others: ReadonlySet<NodeId>): NodeId[] {
  const peers = [...members.peersOf(node)].map(({ nodeId }) => nodeId);
  return peers.filter((nodeId) => !others.has(nodeId));
}
