// The routes of the nodes listener, and what each of them needs.

import { memberOperations } from '@mesh/protocol';
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
    ...memberOperations.submitBenchmark,
    handler: benchmarkRoute,
    mayUseReserve: true,
    confirmsVersion: true,
  },
  // The answer to a config query itself states the newest version.
  { ...memberOperations.config, mayUseReserve: true, confirmsVersion: false },
  { ...memberOperations.epoch, handler: nodeEpochRoute, mayUseReserve: false, confirmsVersion: true },
  {
    ...memberOperations.reportEndpoint,
    handler: endpointRoute,
    mayUseReserve: false,
    confirmsVersion: true,
  },
  {
    ...memberOperations.reportApplied,
    handler: appliedRoute,
    mayUseReserve: false,
    confirmsVersion: true,
  },
  // A node that leaves needs no lease.
  { ...memberOperations.leave, handler: leaveRoute, mayUseReserve: true, confirmsVersion: false },
  {
    ...memberOperations.renewCertificate,
    handler: certificateRoute,
    mayUseReserve: false,
    confirmsVersion: true,
  },
  {
    ...memberOperations.keyChallenge,
    handler: keyChallengeRoute,
    mayUseReserve: false,
    confirmsVersion: true,
  },
  {
    ...memberOperations.rotateKeys,
    handler: rotateKeysRoute,
    mayUseReserve: false,
    confirmsVersion: true,
  },
  {
    ...memberOperations.examAssignments,
    handler: examAssignmentsRoute,
    mayUseReserve: false,
    confirmsVersion: true,
  },
  {
    ...memberOperations.commitExam,
    handler: commitExamRoute,
    mayUseReserve: false,
    confirmsVersion: true,
  },
  {
    ...memberOperations.answerExam,
    handler: answerExamRoute,
    mayUseReserve: false,
    confirmsVersion: true,
  },
  { ...memberOperations.told, handler: toldRoute, mayUseReserve: false, confirmsVersion: false },
  {
    ...memberOperations.logCheckpoint,
    handler: checkpointRoute,
    mayUseReserve: false,
    confirmsVersion: true,
  },
  { ...memberOperations.logTile, handler: tileRoute, mayUseReserve: false, confirmsVersion: true },
  {
    ...memberOperations.logProof,
    handler: logProofRoute,
    mayUseReserve: false,
    confirmsVersion: true,
  },
];
