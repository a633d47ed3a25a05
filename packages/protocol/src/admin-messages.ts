// Public names of the messages with which operators administer a mesh.

export {
  type CreateTokenAnswer,
  type CreateTokenRequest,
  createTokenRequest,
  type LogEntryView,
  type LogPage,
  logPage,
  type MaintenanceStatus,
  maintenanceStatus,
  type NodeDetail,
  type NodeSummary,
  nodeDetail,
  nodeList,
  nodeSummary,
  quarantineRequest,
  type RotateAnswer,
  reasonRequest,
  type SequenceKind,
  type SequenceReset,
} from './messages/admin.ts';
export {
  type AdminKeyList,
  type AdminKeyView,
  type AdminRole,
  adminRole,
  type CreateAdminKeyAnswer,
  type CreateAdminKeyRequest,
  createAdminKeyRequest,
} from './messages/admin-key.ts';
export {
  type DeletedNodeAnswer,
  setClassRequest,
  type TokenSummary,
  withdrawTokenRequest,
} from './messages/admin-members.ts';
export { type BacktestRequest, backtestRequest, type PolicyBacktest } from './messages/backtest.ts';
export {
  BACKUP_PART_BYTES,
  type BackupPart,
  type BackupRequest,
  type BackupStatus,
  backupPart,
  backupRequest,
  backupStatus,
} from './messages/backup.ts';
export { type BrakeStatus, type EndBrakeRequest, endBrakeRequest } from './messages/brake.ts';
export {
  type CaStatus,
  type FinishCaRequest,
  finishCaRequest,
  type RotateCaRequest,
  rotateCaRequest,
} from './messages/ca.ts';
export {
  type ConfigKeyStatus,
  type EndConfigKeyRequest,
  endConfigKeyRequest,
  type PrepareConfigKeyRequest,
  prepareConfigKeyRequest,
  type SwitchConfigKeyRequest,
  switchConfigKeyRequest,
} from './messages/config-key.ts';
export {
  beginOpenIdRequest,
  beginSessionRequest,
  type CurrentSession,
  currentSession,
  DASHBOARD_HEADER,
  finishOpenIdRequest,
  type OpenIdSignIn,
  openIdSignIn,
  type SessionEnd,
  type SessionView,
  sessionView,
} from './messages/dashboard.ts';
export { type NodeErasure, nodeErasure } from './messages/erasure.ts';
export {
  type ExaminerSummary,
  type ExamSummary,
  examinerList,
  examinerSummary,
  examList,
  examSummary,
  type LoadPoolRequest,
  loadPoolRequest,
  type OpenedItems,
  openedItems,
  type PoolSummary,
  poolList,
  poolSummary,
} from './messages/exam-admin.ts';
export {
  type LiveEpoch,
  type LiveHead,
  type LiveNode,
  type LivePairs,
  type LiveState,
  liveState,
  type NodeScores,
  nodeScores,
} from './messages/live.ts';
export {
  type FinishLogKeyRequest,
  finishLogKeyRequest,
  type LogKeyRequest,
  type LogKeyStatus,
  logKeyRequest,
  logKeyStatus,
} from './messages/log-key.ts';
export {
  type MasterKeyStatus,
  masterKeyStatus,
  type RotateMasterKeyRequest,
  rotateMasterKeyRequest,
} from './messages/master-key.ts';
export {
  type OfficerList,
  officerList,
  type RequestDraft,
  type RequestStatus,
  requestDraft,
  requestList,
  requestStatus,
} from './messages/officer-answers.ts';
export {
  type CheckPolicyRequest,
  checkPolicyRequest,
  type NodeExplanation,
  type PolicyChanged,
  type PolicyStatus,
  type PolicyTrial,
  type PolicyVersion,
  type SetPolicyRequest,
  setPolicyRequest,
} from './messages/policy.ts';
export { type ReachAnswer, reachAnswer } from './messages/reach.ts';
