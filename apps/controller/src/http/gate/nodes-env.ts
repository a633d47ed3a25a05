// The variables that every route of the nodes listener finds in its Hono context.

import type { HttpBindings } from '@hono/node-server';
import type { NodeRecord } from '@mesh/membership';
import type { Arrival } from './arrivals.ts';

export interface NodesEnv {
  readonly Bindings: HttpBindings;
  readonly Variables: { node: NodeRecord; arrival: Arrival; remoteAddress: string | undefined };
}
