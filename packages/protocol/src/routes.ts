// Every path of the protocol, in one place, for servers (patterns) and clients (filled in).

import { parseNodeId } from '@mesh/primitives';

/** Path patterns; `:node_id` is the node that the request is about. */
export const routes = {
  // nodes listener: mutual TLS
  submitBenchmark: '/v1/benchmarks/:node_id',
  epoch: '/v1/epoch',
  config: '/v1/config/:node_id',
  reportEndpoint: '/v1/endpoints/:node_id',
  leave: '/v1/leave/:node_id',
  reportApplied: '/v1/applied/:node_id',
  renewCertificate: '/v1/certificates/:node_id',
  // public listener
  health: '/health',
  ca: '/v1/ca',
  enrolmentChallenge: '/v1/enrolments/challenge',
  enrol: '/v1/enrolments',
  // administration socket
  createToken: '/v1/tokens',
  nodes: '/v1/nodes',
  node: '/v1/nodes/:node_id',
  quarantine: '/v1/nodes/:node_id/quarantine',
  release: '/v1/nodes/:node_id/release',
  revoke: '/v1/nodes/:node_id/revoke',
  resetSequence: '/v1/nodes/:node_id/reset-sequence',
  rotate: '/v1/rotate',
  maintenance: '/v1/maintenance',
  endMaintenance: '/v1/maintenance/end',
  officers: '/v1/officers',
  requests: '/v1/requests',
  requestDraft: '/v1/requests/draft',
  revocations: '/v1/revocations',
  log: '/v1/log',
} as const;

/**
 * In a node's request: the config version that it holds. In the answer: the same version, if there is nothing
 * new for the node; that renews its lease as a 304 does. Answers to config queries say so themselves.
 */
export const CONFIG_VERSION_HEADER = 'mesh-config-version';

export type RouteName = keyof typeof routes;

/**
 * Fills in a path: `pathOf('config', 'node-a')`. It accepts only a node id. Encoding would not be enough:
 * URLs collapse `..` even as `%2e%2e`, and the request would go to another path than was meant.
 *
 * @throws PrimitivesError `invalid_node_id` if the route is about a node and `nodeId` is not a node id
 */
export function pathOf(route: RouteName, nodeId?: string): string {
  const pattern: string = routes[route];
  return pattern.includes(':node_id') ? pattern.replace(':node_id', () => parseNodeId(nodeId)) : pattern;
}
