// The one table of authorisation: every route of the administration, and the least role that may use it. The
// apps of both doors are built from it, and a test compares it with the table in docs/protocol.md.

import { type AdminRole, routes } from '@mesh/protocol';
import type { ProvePorts } from '../../publish/prove-decision.ts';
import type { AdminEnv } from '../gate/admin-caller.ts';
import type { Route } from '../gate/route-table.ts';
import type { NodeDetailPorts } from '../respond/node-summary.ts';
import {
  adminKeysRoute,
  type CreateAdminKeyPorts,
  createAdminKeyRoute,
  expireAdminKeyRoute,
} from '../routes/admin-key-routes.ts';
import { type AlertPorts, alertsRoute, testAlertsRoute } from '../routes/alert-routes.ts';
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
import { type ReachPorts, reachRoute } from '../routes/reach-route.ts';
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
  SetPolicyPorts &
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
  AlertPorts &
  MetricsPorts &
  MembersPorts;

export interface AdminRoute extends Route<AdminRoutesPorts, AdminEnv> {
  /** The least role that may use the route. */
  readonly least: AdminRole;
}

export const adminRoutes: readonly AdminRoute[] = [
  { method: 'GET', path: routes.health, least: 'viewer', handler: adminHealthRoute },
  { method: 'GET', path: routes.metrics, least: 'viewer', handler: metricsRoute },
  { method: 'GET', path: routes.epoch, least: 'viewer', handler: epochRoute },
  { method: 'GET', path: routes.nodes, least: 'viewer', handler: nodesRoute },
  { method: 'GET', path: routes.node, least: 'viewer', handler: nodeRoute },
  { method: 'POST', path: routes.tokens, least: 'operator', handler: createTokenRoute },
  { method: 'POST', path: routes.rotate, least: 'operator', handler: rotateRoute },
  { method: 'GET', path: routes.logEntries, least: 'viewer', handler: logEntriesRoute },
  { method: 'GET', path: routes.logKey, least: 'viewer', handler: logKeyRoute },
  { method: 'POST', path: routes.quarantine, least: 'operator', handler: quarantineRoute },
  { method: 'POST', path: routes.release, least: 'operator', handler: changeStatusRoute('release') },
  { method: 'POST', path: routes.revoke, least: 'operator', handler: changeStatusRoute('revoke') },
  ...membersRoutes,
  { method: 'POST', path: routes.resetSequence, least: 'operator', handler: resetSequenceRoute },
  { method: 'GET', path: routes.explainNode, least: 'viewer', handler: explainNodeRoute },
  { method: 'GET', path: routes.proveNode, least: 'viewer', handler: proveRoute },
  { method: 'GET', path: routes.reach, least: 'viewer', handler: reachRoute },
  { method: 'GET', path: routes.policy, least: 'viewer', handler: policyRoute },
  { method: 'POST', path: routes.policy, least: 'operator', handler: setPolicyRoute },
  { method: 'POST', path: routes.checkPolicy, least: 'viewer', handler: checkPolicyRoute },
  { method: 'GET', path: routes.brake, least: 'viewer', handler: brakeRoute },
  { method: 'POST', path: routes.endBrake, least: 'operator', handler: endBrakeRoute },
  { method: 'GET', path: routes.caStatus, least: 'viewer', handler: caStatusRoute },
  { method: 'POST', path: routes.rotateCa, least: 'operator', handler: rotateCaRoute },
  { method: 'POST', path: routes.finishCa, least: 'operator', handler: finishCaRoute },
  { method: 'GET', path: routes.configKeyStatus, least: 'viewer', handler: configKeyStatusRoute },
  { method: 'POST', path: routes.prepareConfigKey, least: 'operator', handler: prepareConfigKeyRoute },
  { method: 'POST', path: routes.switchConfigKey, least: 'operator', handler: switchConfigKeyRoute },
  { method: 'POST', path: routes.finishConfigKey, least: 'operator', handler: finishConfigKeyRoute },
  { method: 'POST', path: routes.abortConfigKey, least: 'operator', handler: abortConfigKeyRoute },
  { method: 'GET', path: routes.logKeyStatus, least: 'viewer', handler: logKeyStatusRoute },
  { method: 'POST', path: routes.prepareLogKey, least: 'operator', handler: prepareLogKeyRoute },
  { method: 'POST', path: routes.finishLogKey, least: 'operator', handler: finishLogKeyRoute },
  { method: 'POST', path: routes.abortLogKey, least: 'operator', handler: abortLogKeyRoute },
  { method: 'GET', path: routes.masterKeyStatus, least: 'viewer', handler: masterKeyStatusRoute },
  { method: 'POST', path: routes.rotateMasterKey, least: 'operator', handler: rotateMasterKeyRoute },
  { method: 'GET', path: routes.maintenance, least: 'viewer', handler: maintenanceRoute },
  // Officers' signatures are what authorises these and the requests below.
  { method: 'POST', path: routes.maintenance, least: 'officer-proposer', handler: startMaintenanceRoute },
  { method: 'POST', path: routes.endMaintenance, least: 'operator', handler: endMaintenanceRoute },
  { method: 'GET', path: routes.officers, least: 'viewer', handler: officersRoute },
  { method: 'GET', path: routes.requests, least: 'viewer', handler: requestsRoute },
  { method: 'POST', path: routes.requestDraft, least: 'viewer', handler: requestDraftRoute },
  { method: 'POST', path: routes.requests, least: 'officer-proposer', handler: submitRequestRoute },
  { method: 'POST', path: routes.revocations, least: 'officer-proposer', handler: revocationRoute },
  { method: 'GET', path: routes.examPools, least: 'viewer', handler: poolsRoute },
  { method: 'POST', path: routes.examPools, least: 'operator', handler: loadPoolRoute },
  { method: 'POST', path: routes.withdrawPool, least: 'operator', handler: withdrawPoolRoute },
  { method: 'GET', path: routes.openedItems, least: 'viewer', handler: openedItemsRoute },
  { method: 'GET', path: routes.exams, least: 'viewer', handler: examsRoute },
  { method: 'GET', path: routes.exam, least: 'viewer', handler: examRoute },
  { method: 'GET', path: routes.proveExam, least: 'viewer', handler: proveExamRoute },
  { method: 'GET', path: routes.examiners, least: 'viewer', handler: examinersRoute },
  { method: 'POST', path: routes.restoreExaminer, least: 'operator', handler: restoreExaminerRoute },
  { method: 'POST', path: routes.eraseNode, least: 'operator', handler: eraseRoute },
  { method: 'POST', path: routes.backup, least: 'operator', handler: startBackupRoute },
  { method: 'GET', path: routes.backup, least: 'operator', handler: backupRoute },
  { method: 'GET', path: routes.alerts, least: 'viewer', handler: alertsRoute },
  { method: 'POST', path: routes.testAlerts, least: 'operator', handler: testAlertsRoute },
  { method: 'GET', path: routes.keys, least: 'operator', handler: adminKeysRoute },
  { method: 'POST', path: routes.keys, least: 'operator', handler: createAdminKeyRoute },
  { method: 'POST', path: routes.expireKey, least: 'operator', handler: expireAdminKeyRoute },
];
