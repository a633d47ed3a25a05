// Answers to a member's other requests name the newest config version. The member that holds it renews its lease, as by a
// 304; so they name it only where a 304 would be given.

import { CONFIG_VERSION_HEADER } from '@mesh/protocol';
import type { MiddlewareHandler } from 'hono';
import type { Services } from '../services.ts';
import type { NodesEnv } from './nodes-env.ts';

export function nameConfigVersion(services: Services): MiddlewareHandler<NodesEnv> {
  const { publication, journal, maintenance, leases } = services;
  return async (context, next) => {
    await next();
    if (!publication.ready || journal.failing || maintenance.isOpen) return;
    // Whether the node holds that version is not known: its lease may be counted as longer than it is, never shorter.
    leases.renew(context.get('node').nodeId);
    context.header(CONFIG_VERSION_HEADER, publication.currentVersion());
  };
}
