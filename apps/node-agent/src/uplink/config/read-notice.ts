// Reads a removal notice, which is signed once for all nodes of a class, as the delta that it is for this
// node. Pure.

import { defined, type NodeId } from '@mesh/primitives';
import type { RemovalNotice } from '@mesh/protocol';
import type { HeldConfig } from '../../plan/held-config.ts';
import type { ReadDelta } from './read-config.ts';

/**
 * @param held the config that the node holds. A notice says nothing about the node itself, so it is only for
 *   a node that a config of its own has told its class and that it is allowed
 * @returns why the notice is not for this node; undefined if it is. Its signature and its mesh were checked
 *   before
 */
export function findObjection(
  { class: audience, removed, except }: RemovalNotice,
  held: HeldConfig,
  nodeId: NodeId,
): string | undefined {
  if (held.class !== audience) return 'it is a notice for another class';
  if (!held.allowed) return 'it is a notice for nodes that are allowed';
  if (removed.includes(nodeId) || except.includes(nodeId))
    return 'it is a notice for others: this node changed itself';
  return undefined;
}

/** @param held the config that the node holds; what the notice does not mention stays as it is */
export function readNotice(notice: RemovalNotice, held: HeldConfig): ReadDelta {
  const { allowed, reason, reasonCode, rotation, leadMs, exams } = held;
  return {
    kind: 'delta',
    head: {
      version: notice.version,
      epochId: notice.epoch_id,
      allowed,
      reason,
      reasonCode,
      leaseSeconds: notice.lease_seconds,
      rotation,
      ...defined({ leadMs, challenge: notice.challenge, exams }),
    },
    peers: new Map(),
    keys: { kind: 'none' },
    base: notice.base,
    removed: new Set(notice.removed),
    unread: new Set(),
  };
}
