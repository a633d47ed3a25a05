// Finds what is new for a node, and makes a query wait until there is something.

import type { MeshView } from '@mesh/membership';
import type { NodeId } from '@mesh/primitives';
import type { News } from '../../publish/find-news.ts';
import type { Publication } from '../../publish/publication.ts';
import type { WakeReason } from '../../publish/waiters.ts';
import type { ConfigQuery } from '../receive/config-query.ts';
import type { HangUp } from './hang-up.ts';
import { stopWaiting, type WaitUntilWokenPorts, waitUntilWoken } from './wait-until-woken.ts';

export interface NewsPorts {
  readonly view: MeshView;
  readonly publication: Publication;
}

export type WaitPorts = NewsPorts & WaitUntilWokenPorts;

const NONE: News = { kind: 'none' };

/** Call it only once the first epoch has been opened. */
export function newsFor({ view, publication }: NewsPorts, nodeId: NodeId, { version }: ConfigQuery): News {
  // Nearly every query that comes to wait names the newest version.
  if (version === publication.currentVersion()) return NONE;
  const node = view.node(nodeId);
  return node === undefined ? NONE : publication.newsFor(node, version);
}

/**
 * @returns how the wait ended; undefined if the query did not wait, because it is not a blocking one or there
 *   is news already
 */
export function waitForNews(
  ports: WaitPorts,
  nodeId: NodeId,
  query: ConfigQuery,
  hangUp: HangUp,
): Promise<WakeReason | 'timeout'> | undefined {
  const { waiters } = ports;
  if (query.waitMs === 0) return undefined;
  // Registered before the versions are compared, so that no change is missed between the two.
  const waiter = waiters.add(nodeId, query.instanceId);
  if (newsFor(ports, nodeId, query).kind === 'none')
    return waitUntilWoken(ports, waiter, query.waitMs, hangUp);
  stopWaiting(waiters, waiter);
  return undefined;
}
