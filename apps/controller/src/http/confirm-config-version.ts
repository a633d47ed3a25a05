// A member's request names the config version that the member holds. Where there is nothing new for it, the answer names it
// too, which renews the lease as a 304 to a config query does; so it does that only where there would be a 304.

import { CONFIG_VERSION_HEADER } from '@mesh/protocol';
import type { MiddlewareHandler } from 'hono';
import type { Services } from '../services.ts';
import type { NodesEnv } from './nodes-env.ts';

export function confirmConfigVersion(services: Services): MiddlewareHandler<NodesEnv> {
  const { view, publication, journal, maintenance, leases } = services;
  return async (context, next) => {
    await next();
    const held = context.req.header(CONFIG_VERSION_HEADER);
    const node = view.node(context.get('node').nodeId);
    if (held === undefined || node === undefined || journal.failing || maintenance.isOpen) return;
    if (publication.newsFor(node, held).kind !== 'none') return;
    leases.renew(node.nodeId);
    context.header(CONFIG_VERSION_HEADER, held);
  };
}
