// The schemas that have a name in the OpenAPI document: bodies, answers, and what several of them hold.

import {
  createTokenAnswer,
  createTokenRequest,
  logEntryView,
  logLine,
  logPage,
  maintenanceStatus,
  nodeDetail,
  nodeList,
  nodeSummary,
  quarantineRequest,
  reasonRequest,
  rotateAnswer,
  sequenceReset,
} from '../messages/admin.ts';
import {
  adminKeyList,
  adminKeyView,
  createAdminKeyAnswer,
  createAdminKeyRequest,
} from '../messages/admin-key.ts';
import {
  deletedNode,
  setClassRequest,
  tokenList,
  tokenSummary,
  withdrawTokenRequest,
} from '../messages/admin-members.ts';
import { alertReceiverList, testAlertsAnswer, testAlertsRequest } from '../messages/alerts.ts';
import { appliedAnswer, appliedMessage, trouble } from '../messages/applied.ts';
import { attestationEnvelope } from '../messages/attestation.ts';
import { backtestRequest, policyBacktest } from '../messages/backtest.ts';
import { backupPart, backupRequest, backupStatus } from '../messages/backup.ts';
import { benchmarkAnswer, benchmarkMessage } from '../messages/benchmark.ts';
import { brakeStatus, endBrakeRequest } from '../messages/brake.ts';
import { caStatus, finishCaRequest, rotateCaRequest } from '../messages/ca.ts';
import { configDelta, configPeer, fullConfig } from '../messages/config.ts';
import {
  configKeyStatus,
  endConfigKeyRequest,
  prepareConfigKeyRequest,
  switchConfigKeyRequest,
} from '../messages/config-key.ts';
import {
  beginOpenIdRequest,
  beginSessionRequest,
  currentSession,
  finishOpenIdRequest,
  openIdSignIn,
  sessionView,
} from '../messages/dashboard.ts';
import { acknowledgement, endpointMessage } from '../messages/endpoint.ts';
import {
  certificateAnswer,
  certificateRequest,
  enrolmentAnswer,
  enrolmentChallenge,
  enrolmentChallengeRequest,
  enrolmentMessage,
} from '../messages/enrolment.ts';
import { epochStatus, health } from '../messages/epoch-status.ts';
import { nodeErasure } from '../messages/erasure.ts';
import {
  examAssignment,
  examAssignments,
  examCommitment,
  examGrading,
  examReceived,
  examResult,
} from '../messages/exam.ts';
import {
  examinerList,
  examinerSummary,
  examList,
  examSummary,
  jsonValue,
  loadPoolRequest,
  openedItems,
  poolList,
  poolSummary,
} from '../messages/exam-admin.ts';
import { keyRotationAnswer, keyRotationMessage } from '../messages/key-rotation.ts';
import { leaveMessage } from '../messages/leave.ts';
import { liveNode, livePairs, liveState, nodeScores } from '../messages/live.ts';
import { logHead, logIdentity, logKeyView, proofAnswer } from '../messages/log.ts';
import { finishLogKeyRequest, logKeyRequest, logKeyStatus } from '../messages/log-key.ts';
import { masterKeyStatus, rotateMasterKeyRequest } from '../messages/master-key.ts';
import { officerList, requestDraft, requestList, requestStatus } from '../messages/officer-answers.ts';
import {
  maintenanceMessage,
  officerRequest,
  requestDraftQuery,
  signedRequest,
} from '../messages/officer-request.ts';
import { pairFigures } from '../messages/pair-figures.ts';
import {
  checkPolicyRequest,
  nodeExplanation,
  policyChanged,
  policyStatus,
  policyTrial,
  setPolicyRequest,
} from '../messages/policy.ts';
import { reachAnswer } from '../messages/reach.ts';
import { receiptMessage } from '../messages/receipt.ts';
import { configOrNotice, removalNotice } from '../messages/removal-notice.ts';

export const namedSchemas = {
  Acknowledgement: acknowledgement,
  AdminKeyList: adminKeyList,
  AdminKeyView: adminKeyView,
  AlertReceiverList: alertReceiverList,
  AppliedAnswer: appliedAnswer,
  AppliedMessage: appliedMessage,
  AttestationEnvelope: attestationEnvelope,
  BacktestRequest: backtestRequest,
  BackupPart: backupPart,
  BackupRequest: backupRequest,
  BackupStatus: backupStatus,
  BeginOpenIdRequest: beginOpenIdRequest,
  BeginSessionRequest: beginSessionRequest,
  BenchmarkAnswer: benchmarkAnswer,
  BenchmarkMessage: benchmarkMessage,
  BrakeStatus: brakeStatus,
  CaStatus: caStatus,
  CertificateAnswer: certificateAnswer,
  CertificateRequest: certificateRequest,
  CheckPolicyRequest: checkPolicyRequest,
  ConfigDelta: configDelta,
  ConfigKeyStatus: configKeyStatus,
  ConfigOrNotice: configOrNotice,
  ConfigPeer: configPeer,
  CreateAdminKeyAnswer: createAdminKeyAnswer,
  CreateAdminKeyRequest: createAdminKeyRequest,
  CreateTokenAnswer: createTokenAnswer,
  CreateTokenRequest: createTokenRequest,
  CurrentSession: currentSession,
  DeletedNode: deletedNode,
  EndBrakeRequest: endBrakeRequest,
  EndConfigKeyRequest: endConfigKeyRequest,
  EndpointMessage: endpointMessage,
  EnrolmentAnswer: enrolmentAnswer,
  EnrolmentChallenge: enrolmentChallenge,
  EnrolmentChallengeRequest: enrolmentChallengeRequest,
  EnrolmentMessage: enrolmentMessage,
  EpochStatus: epochStatus,
  ExamAssignment: examAssignment,
  ExamAssignments: examAssignments,
  ExamCommitment: examCommitment,
  ExamGrading: examGrading,
  ExaminerList: examinerList,
  ExaminerSummary: examinerSummary,
  ExamList: examList,
  ExamReceived: examReceived,
  ExamResult: examResult,
  ExamSummary: examSummary,
  FinishCaRequest: finishCaRequest,
  FinishLogKeyRequest: finishLogKeyRequest,
  FinishOpenIdRequest: finishOpenIdRequest,
  FullConfig: fullConfig,
  Health: health,
  JsonValue: jsonValue,
  KeyRotationAnswer: keyRotationAnswer,
  KeyRotationMessage: keyRotationMessage,
  LeaveMessage: leaveMessage,
  LiveNode: liveNode,
  LivePairs: livePairs,
  LiveState: liveState,
  LoadPoolRequest: loadPoolRequest,
  LogEntryView: logEntryView,
  LogHead: logHead,
  LogIdentity: logIdentity,
  LogKeyRequest: logKeyRequest,
  LogKeyStatus: logKeyStatus,
  LogKeyView: logKeyView,
  LogLine: logLine,
  LogPage: logPage,
  MaintenanceMessage: maintenanceMessage,
  MaintenanceStatus: maintenanceStatus,
  MasterKeyStatus: masterKeyStatus,
  NodeDetail: nodeDetail,
  NodeErasure: nodeErasure,
  NodeExplanation: nodeExplanation,
  NodeList: nodeList,
  NodeScores: nodeScores,
  NodeSummary: nodeSummary,
  OfficerList: officerList,
  OfficerRequest: officerRequest,
  OpenedItems: openedItems,
  PairFigures: pairFigures,
  OpenIdSignIn: openIdSignIn,
  PolicyBacktest: policyBacktest,
  PolicyChanged: policyChanged,
  PolicyStatus: policyStatus,
  PolicyTrial: policyTrial,
  PoolList: poolList,
  PoolSummary: poolSummary,
  PrepareConfigKeyRequest: prepareConfigKeyRequest,
  ProofAnswer: proofAnswer,
  QuarantineRequest: quarantineRequest,
  ReachAnswer: reachAnswer,
  ReasonRequest: reasonRequest,
  ReceiptMessage: receiptMessage,
  RemovalNotice: removalNotice,
  RequestDraft: requestDraft,
  RequestDraftQuery: requestDraftQuery,
  RequestList: requestList,
  RequestStatus: requestStatus,
  RotateAnswer: rotateAnswer,
  RotateCaRequest: rotateCaRequest,
  RotateMasterKeyRequest: rotateMasterKeyRequest,
  SequenceReset: sequenceReset,
  SessionView: sessionView,
  SetClassRequest: setClassRequest,
  SetPolicyRequest: setPolicyRequest,
  SignedRequest: signedRequest,
  SwitchConfigKeyRequest: switchConfigKeyRequest,
  TestAlertsAnswer: testAlertsAnswer,
  TestAlertsRequest: testAlertsRequest,
  TokenList: tokenList,
  TokenSummary: tokenSummary,
  Trouble: trouble,
  WithdrawTokenRequest: withdrawTokenRequest,
} as const;
