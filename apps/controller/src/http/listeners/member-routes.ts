// The routes of the nodes listener, and what each of them needs.

import { routes } from '@mesh/protocol';
import type { NodesEnv } from '../gate/nodes-env.ts';
import type { Route } from '../gate/route-table.ts';
import type { ConfirmPorts } from '../receive/confirm-config-version.ts';
import { type AppliedPorts, appliedRoute } from '../routes/applied-route.ts';
import { type BenchmarkPorts, benchmarkRoute } from '../routes/benchmark-route.ts';
import { type CertificatePorts, certificateRoute } from '../routes/certificate-route.ts';
import type { ConfigPorts } from '../routes/config-route.ts';
import { type EndpointPorts, endpointRoute } from '../routes/endpoint-route.ts';
import { type EpochPorts, nodeEpochRoute } from '../routes/epoch-route.ts';
import {
  answerExamRoute,
  commitExamRoute,
  type ExamPorts,
  examAssignmentsRoute,
} from '../routes/exam-routes.ts';
import { type LeavePorts, leaveRoute } from '../routes/leave-route.ts';
import { logProofRoute } from '../routes/log-proof-route.ts';
import { checkpointRoute, type PublishedLogPorts, tileRoute } from '../routes/log-tile-routes.ts';
import {
  type KeyChallengePorts,
  keyChallengeRoute,
  type RotateKeysPorts,
  rotateKeysRoute,
} from '../routes/rotate-keys-route.ts';
import { type ToldPorts, toldRoute } from '../routes/told-route.ts';

export type MemberRoutesPorts = BenchmarkPorts &
  ConfigPorts &
  EpochPorts &
  EndpointPorts &
  AppliedPorts &
  LeavePorts &
  CertificatePorts &
  ConfirmPorts &
  KeyChallengePorts &
  RotateKeysPorts &
  ExamPorts &
  PublishedLogPorts &
  ToldPorts;

export interface MemberRoute extends Omit<Route<MemberRoutesPorts, NodesEnv>, 'handler'> {
  /** Absent: the request is answered before it reaches the app. */
  readonly handler?: Route<MemberRoutesPorts, NodesEnv>['handler'];
  /**
   * Whether requests of this route may use the reserve when the ordinary allowance is used up. The route can
   * take away the node's membership or its good standing, or tell it of a removal. If such a request were
   * refused for its rate, a node that has just become bad would stay in, or without a limit. Nodes cannot
   * gain much from that: a node can become bad again only after it was good again, and requests that make it
   * good have no reserve.
   */
  readonly mayUseReserve: boolean;
  /** Whether the answer may confirm the config version that the request names. That renews the lease. */
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
  // The answer to a config query itself states the newest version.
  { method: 'GET', path: routes.config, mayUseReserve: true, confirmsVersion: false },
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
  // A node that leaves needs no lease.
  { method: 'POST', path: routes.leave, handler: leaveRoute, mayUseReserve: true, confirmsVersion: false },
  {
    method: 'POST',
    path: routes.renewCertificate,
    handler: certificateRoute,
    mayUseReserve: false,
    confirmsVersion: true,
  },
  {
    method: 'POST',
    path: routes.keyChallenge,
    handler: keyChallengeRoute,
    mayUseReserve: false,
    confirmsVersion: true,
  },
  {
    method: 'POST',
    path: routes.rotateKeys,
    handler: rotateKeysRoute,
    mayUseReserve: false,
    confirmsVersion: true,
  },
  {
    method: 'GET',
    path: routes.examAssignments,
    handler: examAssignmentsRoute,
    mayUseReserve: false,
    confirmsVersion: true,
  },
  {
    method: 'POST',
    path: routes.commitExam,
    handler: commitExamRoute,
    mayUseReserve: false,
    confirmsVersion: true,
  },
  {
    method: 'POST',
    path: routes.answerExam,
    handler: answerExamRoute,
    mayUseReserve: false,
    confirmsVersion: true,
  },
  { method: 'GET', path: routes.told, handler: toldRoute, mayUseReserve: false, confirmsVersion: false },
  {
    method: 'GET',
    path: routes.logCheckpoint,
    handler: checkpointRoute,
    mayUseReserve: false,
    confirmsVersion: true,
  },
  { method: 'GET', path: routes.logTile, handler: tileRoute, mayUseReserve: false, confirmsVersion: true },
  {
    method: 'GET',
    path: routes.logProof,
    handler: logProofRoute,
    mayUseReserve: false,
    confirmsVersion: true,
  },
];
