// Renews leases through other answers than that to a config query. A member's request names the config
// version that the member holds. If the answer names it, too, it renews the lease as a 304 to a config query
// would. So the answer names the version only when a config query would get a 304.

import type { MeshView } from '@mesh/membership';
import { CONFIG_VERSION_HEADER } from '@mesh/protocol';
import type { MiddlewareHandler } from 'hono';
import type { Leases } from '../../leases/leases.ts';
import type { MaintenanceWatch } from '../../leases/maintenance-watch.ts';
import type { Publication } from '../../publish/publication.ts';
import type { NodesEnv } from '../gate/nodes-env.ts';

export interface ConfirmPorts {
  readonly view: MeshView;
  readonly publication: Publication;
  readonly journal: { readonly failing: boolean };
  readonly maintenance: MaintenanceWatch;
  readonly leases: Leases;
}

export function confirmConfigVersion({
  view,
  publication,
  journal,
  maintenance,
  leases,
}: ConfirmPorts): MiddlewareHandler<NodesEnv> {
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
