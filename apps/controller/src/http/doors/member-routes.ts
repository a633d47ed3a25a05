// The routes of the nodes listener, and what each of them needs.

import { routes } from '@mesh/protocol';
import type { ConfirmPorts } from '../answers/confirm-config-version.ts';
import type { IssuePorts } from '../answers/issue-certificate.ts';
import type { NodesEnv } from '../gate/nodes-env.ts';
import type { Route } from '../gate/route.ts';
import { type AppliedPorts, appliedRoute } from '../routes/applied-route.ts';
import { type BenchmarkPorts, benchmarkRoute } from '../routes/benchmark-route.ts';
import { certificateRoute } from '../routes/certificate-route.ts';
import { type ConfigPorts, configRoute } from '../routes/config-route.ts';
import { type EndpointPorts, endpointRoute } from '../routes/endpoint-route.ts';
import { type EpochPorts, nodeEpochRoute } from '../routes/epoch-route.ts';
import { type LeavePorts, leaveRoute } from '../routes/leave-route.ts';

export type MemberRoutesPorts = BenchmarkPorts &
  ConfigPorts &
  EpochPorts &
  EndpointPorts &
  AppliedPorts &
  LeavePorts &
  IssuePorts &
  ConfirmPorts;

export interface MemberRoute extends Route<MemberRoutesPorts, NodesEnv> {
  /**
   * Whether the reserve serves it when the ordinary allowance is used up: it may cost the node its place or
   * its good standing, or tell it of a removal. To refuse it for rate would keep a node in, or unlimited,
   * that has just gone bad. A node can do so once: before it can go bad again it has to be good again, for
   * which there is no reserve.
   */
  readonly mayUseReserve: boolean;
  /** Whether its answer confirms the config version that the request names, and so renews the lease. */
  readonly confirmsVersion: boolean;
}

export const memberRoutes: readonly MemberRoute[] = [
  {
    method: 'POST',
    path: routes.submitBenchmark,
    handler: benchmarkRoute,
    mayUseReserve: true,
    confirmsVersion: true,
  },
  // An answer about the config says itself what is newest.
  { method: 'GET', path: routes.config, handler: configRoute, mayUseReserve: true, confirmsVersion: false },
  { method: 'GET', path: routes.epoch, handler: nodeEpochRoute, mayUseReserve: false, confirmsVersion: true },
  {
    method: 'POST',
    path: routes.reportEndpoint,
    handler: endpointRoute,
    mayUseReserve: false,
    confirmsVersion: true,
  },
  {
    method: 'POST',
    path: routes.reportApplied,
    handler: appliedRoute,
    mayUseReserve: false,
    confirmsVersion: true,
  },
  // The answer to a farewell confirms nothing.
  { method: 'POST', path: routes.leave, handler: leaveRoute, mayUseReserve: true, confirmsVersion: false },
  {
    method: 'POST',
    path: routes.renewCertificate,
    handler: certificateRoute,
    mayUseReserve: false,
    confirmsVersion: true,
  },
];
