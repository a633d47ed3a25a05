// Whether one node may send to another, and by which rule. Tunnels have two ends, and both may send, except
// in a probation tunnel: there the examiner opens connections to one port, and the examined node only
// answers. Pure.

import type { NodeId } from '@mesh/primitives';
import type { NodeRecord } from '../state/records.ts';
import type { MembershipIndex } from './membership-index.ts';
import type { ProbationPeer } from './probation-pairs.ts';

export type Reach =
  /** Both are in, and a group holds both of their classes, or there are no groups. */
  | { readonly rule: 'peers'; readonly allowed: true }
  /** An examiner asks the service of the node that it examines. */
  | { readonly rule: 'probation_tunnel'; readonly allowed: true; readonly port: number }
  /** An examined node answers its examiner, and begins nothing. */
  | { readonly rule: 'probation_answers'; readonly allowed: false; readonly port: number }
  /** These of the two are not in. */
  | { readonly rule: 'not_in'; readonly allowed: false; readonly out: readonly NodeId[] }
  /** Both are in, and no group holds both of their classes. */
  | { readonly rule: 'peer_groups'; readonly allowed: false };

/** @param tunnels the probation tunnels of `from`, as `probationPeersOf` finds them */
export function reachOf(
  members: Pick<MembershipIndex, 'isIn' | 'arePeers'>,
  tunnels: readonly ProbationPeer[],
  from: NodeRecord,
  to: NodeRecord,
): Reach {
  const out = [from, to].filter((node) => !members.isIn(node)).map(({ nodeId }) => nodeId);
  if (out.length === 0)
    return members.arePeers(from, to)
      ? { rule: 'peers', allowed: true }
      : { rule: 'peer_groups', allowed: false };
  const tunnel = tunnels.find(({ peer }) => peer.nodeId === to.nodeId);
  if (tunnel === undefined) return { rule: 'not_in', allowed: false, out };
  return tunnel.examined === 'peer'
    ? { rule: 'probation_tunnel', allowed: true, port: tunnel.port }
    : { rule: 'probation_answers', allowed: false, port: tunnel.port };
}
