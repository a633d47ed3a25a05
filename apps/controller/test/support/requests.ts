// Every endpoint of the nodes listener, and the state of a controller, to compare it before and after.

import { lastEpochId } from '@mesh/membership';
import { memberRoutes } from '../../src/http/listeners/member-routes.ts';
import { publicRoutes } from '../../src/http/listeners/public-app.ts';
import type { TestController } from './index.ts';

/** The routes of every node. Those of the published log are anybody's, at both listeners. */
export const nodeEndpoints = (nodeId: string): readonly (readonly [method: string, path: string])[] =>
  memberRoutes
    .filter(({ path }) => !publicRoutes.some((route) => route.path === path))
    .map(({ method, path }) => [method, path.replace(':node_id', nodeId)]);

/** The whole state that commands can change, and the types of the log's entries. */
export function stateOf(controller: TestController) {
  const { view, journal } = controller.running.services;
  const entries = controller.db
    .prepare("SELECT json_extract(entry, '$.type') AS type FROM log_entries ORDER BY log_index")
    .all() as { type: string }[];
  return {
    nodes: [...view.nodes()],
    tokens: controller.db.prepare('SELECT * FROM tokens ORDER BY token_id').all(),
    epoch: lastEpochId(view),
    size: journal.head().size,
    log: entries.map(({ type }) => type),
  };
}
