// Finds what is new for a node, and makes a query wait until there is something.

import type { Timers } from '@mesh/host';
import type { MeshView } from '@mesh/membership';
import type { NodeId } from '@mesh/primitives';
import type { News } from '../../publish/find-news.ts';
import type { Publication } from '../../publish/publication.ts';
import type { Waiters, WakeReason } from '../../publish/waiters.ts';
import type { ConfigQuery } from '../receive/config-query.ts';
import { waitUntilWoken } from './wait-until-woken.ts';

export interface NewsPorts {
  readonly view: MeshView;
  readonly publication: Publication;
}

export interface WaitPorts extends NewsPorts {
  readonly waiters: Waiters;
  readonly timers: Timers;
}

export function newsFor({ view, publication }: NewsPorts, nodeId: NodeId, { version }: ConfigQuery): News {
  const node = view.node(nodeId);
  return node === undefined ? { kind: 'none' } : publication.newsFor(node, version);
}

/**
 * @returns how the wait ended; undefined if the query did not wait, because it is not a blocking one or there
 *   is news already
 */
export async function waitForNews(
  ports: WaitPorts,
  nodeId: NodeId,
  query: ConfigQuery,
  signal: AbortSignal,
): Promise<WakeReason | 'timeout' | undefined> {
  const { waiters, timers } = ports;
  const { waitMs, instanceId } = query;
  if (waitMs === 0) return undefined;
  // Registered before the versions are compared, so that no change is missed between the two.
  const waiter = waiters.add(nodeId, instanceId);
  try {
    if (newsFor(ports, nodeId, query).kind !== 'none') return undefined;
    return await waitUntilWoken(timers, waiter.woken, waitMs, signal);
  } finally {
    waiter.cancel();
    waiters.noteAnswering(nodeId, instanceId);
  }
}
