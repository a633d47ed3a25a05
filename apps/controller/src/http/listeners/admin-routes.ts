// What answers each operation of the administration. The operation itself says the least role that may use it
// (packages/protocol/src/operations). The apps of both doors are built from this table, and a test compares
// it with the table in docs/protocol.md.

import { type AdminOperation, adminOperations } from '@mesh/protocol';
import type { ProvePorts } from '../../publish/prove-decision.ts';
import type { AdminEnv } from '../gate/admin-caller.ts';
import type { Route } from '../gate/route-table.ts';
import type { NodeDetailPorts } from '../respond/node-summary.ts';
import type { ReachPorts } from '../respond/reach-answer.ts';
import {
  adminKeysRoute,
  type CreateAdminKeyPorts,
  createAdminKeyRoute,
  expireAdminKeyRoute,
} from '../routes/admin-key-routes.ts';
import { alertsRoute, type TestAlertsPorts, testAlertsRoute } from '../routes/alert-routes.ts';
import { type BacktestPorts, backtestRoute } from '../routes/backtest-route.ts';
import { type BackupPorts, backupRoute, startBackupRoute } from '../routes/backup-routes.ts';
import { brakeRoute, type EndBrakePorts, endBrakeRoute } from '../routes/brake-routes.ts';
import {
  caStatusRoute,
  finishCaRoute,
  type RotateCaPorts,
  rotateCaRoute,
} from '../routes/ca-rotation-routes.ts';
import { type ChangeStatusPorts, changeStatusRoute, quarantineRoute } from '../routes/change-status-route.ts';
import {
  abortConfigKeyRoute,
  configKeyStatusRoute,
  finishConfigKeyRoute,
  prepareConfigKeyRoute,
  type RotateConfigKeyPorts,
  switchConfigKeyRoute,
} from '../routes/config-key-routes.ts';
import { type CreateTokenPorts, createTokenRoute } from '../routes/create-token-route.ts';
import { type EpochPorts, epochRoute } from '../routes/epoch-route.ts';
import { type ErasePorts, eraseRoute } from '../routes/erase-route.ts';
import { type ExamAdminPorts, examRoute, examsRoute, proveExamRoute } from '../routes/exam-admin-routes.ts';
import {
  type ExamPoolPorts,
  loadPoolRoute,
  poolsRoute,
  withdrawPoolRoute,
} from '../routes/exam-pool-routes.ts';
import { type ExaminerPorts, examinersRoute, restoreExaminerRoute } from '../routes/examiner-routes.ts';
import { type ExplainNodePorts, explainNodeRoute } from '../routes/explain-node-route.ts';
import { type AdminHealthPorts, adminHealthRoute } from '../routes/health-routes.ts';
import { type LivePorts, liveRoute } from '../routes/live-route.ts';
import {
  abortLogKeyRoute,
  finishLogKeyRoute,
  logKeyStatusRoute,
  prepareLogKeyRoute,
  type RotateLogKeyPorts,
} from '../routes/log-key-routes.ts';
import { type LogPorts, logEntriesRoute, logKeyRoute } from '../routes/log-routes.ts';
import {
  endMaintenanceRoute,
  maintenanceRoute,
  type StartMaintenancePorts,
  startMaintenanceRoute,
} from '../routes/maintenance-routes.ts';
import {
  type MasterKeyPorts,
  masterKeyStatusRoute,
  rotateMasterKeyRoute,
} from '../routes/master-key-routes.ts';
import { type MembersPorts, membersRoutes } from '../routes/members-routes.ts';
import { type MetricsPorts, metricsRoute } from '../routes/metrics-route.ts';
import { nodeRoute, nodesRoute } from '../routes/node-routes.ts';
import { type NodeScoresPorts, nodeScoresRoute } from '../routes/node-scores-route.ts';
import {
  type OfficerPorts,
  officersRoute,
  requestDraftRoute,
  requestsRoute,
} from '../routes/officer-routes.ts';
import { type OpenedItemsPorts, openedItemsRoute } from '../routes/opened-items-route.ts';
import {
  checkPolicyRoute,
  policyRoute,
  type SetPolicyPorts,
  setPolicyRoute,
} from '../routes/policy-routes.ts';
import { proveRoute } from '../routes/prove-route.ts';
import { reachRoute } from '../routes/reach-route.ts';
import { type ResetSequencePorts, resetSequenceRoute } from '../routes/reset-sequence-route.ts';
import { type RotatePorts, rotateRoute } from '../routes/rotate-route.ts';
import {
  revocationRoute,
  type SubmitRequestPorts,
  submitRequestRoute,
} from '../routes/submit-request-route.ts';

export type AdminRoutesPorts = AdminHealthPorts &
  EpochPorts &
  NodeDetailPorts &
  CreateTokenPorts &
  RotatePorts &
  StartMaintenancePorts &
  LogPorts &
  BackupPorts &
  ErasePorts &
  ChangeStatusPorts &
  OfficerPorts &
  SubmitRequestPorts &
  ResetSequencePorts &
  ExplainNodePorts &
  ProvePorts &
  ReachPorts &
  NodeScoresPorts &
  LivePorts &
  SetPolicyPorts &
  BacktestPorts &
  EndBrakePorts &
  RotateCaPorts &
  RotateConfigKeyPorts &
  RotateLogKeyPorts &
  MasterKeyPorts &
  CreateAdminKeyPorts &
  ExamPoolPorts &
  ExamAdminPorts &
  ExaminerPorts &
  OpenedItemsPorts &
  TestAlertsPorts &
  MetricsPorts &
  MembersPorts;

/** An operation of the protocol's table, with what answers it. */
export type AdminRoute = Route<AdminRoutesPorts, AdminEnv> & Pick<AdminOperation, 'least' | 'notModified'>;

export const adminRoutes: readonly AdminRoute[] = [
  { ...adminOperations.health, handler: adminHealthRoute },
  { ...adminOperations.metrics, handler: metricsRoute },
  { ...adminOperations.epoch, handler: epochRoute },
  { ...adminOperations.nodes, handler: nodesRoute },
  { ...adminOperations.node, handler: nodeRoute },
  { ...adminOperations.createToken, handler: createTokenRoute },
  { ...adminOperations.rotate, handler: rotateRoute },
  { ...adminOperations.log, handler: logEntriesRoute },
  { ...adminOperations.logKey, handler: logKeyRoute },
  { ...adminOperations.quarantine, handler: quarantineRoute },
  { ...adminOperations.release, handler: changeStatusRoute('release') },
  { ...adminOperations.revoke, handler: changeStatusRoute('revoke') },
  ...membersRoutes,
  { ...adminOperations.resetSequence, handler: resetSequenceRoute },
  { ...adminOperations.explainNode, handler: explainNodeRoute },
  { ...adminOperations.proveNode, handler: proveRoute },
  { ...adminOperations.reach, handler: reachRoute },
  { ...adminOperations.nodeScores, handler: nodeScoresRoute },
  { ...adminOperations.live, handler: liveRoute },
  { ...adminOperations.policy, handler: policyRoute },
  { ...adminOperations.setPolicy, handler: setPolicyRoute },
  { ...adminOperations.checkPolicy, handler: checkPolicyRoute },
  { ...adminOperations.backtestPolicy, handler: backtestRoute },
  { ...adminOperations.brake, handler: brakeRoute },
  { ...adminOperations.endBrake, handler: endBrakeRoute },
  { ...adminOperations.caStatus, handler: caStatusRoute },
  { ...adminOperations.rotateCa, handler: rotateCaRoute },
  { ...adminOperations.finishCa, handler: finishCaRoute },
  { ...adminOperations.configKeyStatus, handler: configKeyStatusRoute },
  { ...adminOperations.prepareConfigKey, handler: prepareConfigKeyRoute },
  { ...adminOperations.switchConfigKey, handler: switchConfigKeyRoute },
  { ...adminOperations.finishConfigKey, handler: finishConfigKeyRoute },
  { ...adminOperations.abortConfigKey, handler: abortConfigKeyRoute },
  { ...adminOperations.logKeyStatus, handler: logKeyStatusRoute },
  { ...adminOperations.prepareLogKey, handler: prepareLogKeyRoute },
  { ...adminOperations.finishLogKey, handler: finishLogKeyRoute },
  { ...adminOperations.abortLogKey, handler: abortLogKeyRoute },
  { ...adminOperations.masterKeyStatus, handler: masterKeyStatusRoute },
  { ...adminOperations.rotateMasterKey, handler: rotateMasterKeyRoute },
  { ...adminOperations.maintenance, handler: maintenanceRoute },
  // Officers' signatures are what authorises these and the requests below.
  { ...adminOperations.startMaintenance, handler: startMaintenanceRoute },
  { ...adminOperations.endMaintenance, handler: endMaintenanceRoute },
  { ...adminOperations.officers, handler: officersRoute },
  { ...adminOperations.requests, handler: requestsRoute },
  { ...adminOperations.requestDraft, handler: requestDraftRoute },
  { ...adminOperations.submitRequest, handler: submitRequestRoute },
  { ...adminOperations.submitRevocation, handler: revocationRoute },
  { ...adminOperations.pools, handler: poolsRoute },
  { ...adminOperations.loadPool, handler: loadPoolRoute },
  { ...adminOperations.withdrawPool, handler: withdrawPoolRoute },
  { ...adminOperations.openedItems, handler: openedItemsRoute },
  { ...adminOperations.exams, handler: examsRoute },
  { ...adminOperations.exam, handler: examRoute },
  { ...adminOperations.examProof, handler: proveExamRoute },
  { ...adminOperations.examiners, handler: examinersRoute },
  { ...adminOperations.restoreExaminer, handler: restoreExaminerRoute },
  { ...adminOperations.eraseNode, handler: eraseRoute },
  { ...adminOperations.startBackup, handler: startBackupRoute },
  { ...adminOperations.backup, handler: backupRoute },
  { ...adminOperations.alerts, handler: alertsRoute },
  { ...adminOperations.testAlerts, handler: testAlertsRoute },
  { ...adminOperations.keys, handler: adminKeysRoute },
  { ...adminOperations.createKey, handler: createAdminKeyRoute },
  { ...adminOperations.expireKey, handler: expireAdminKeyRoute },
];
