// Public names of @mesh/membership.

export {
  type AdminKeyFault,
  createAdminKey,
  expireAdminKey,
  findAdminKeyFault,
  noteAdminKeyUse,
} from './commands/admin-keys.ts';
export { afterRestore } from './commands/after-restore.ts';
export { type ApprovalAnswer, approveOrReject } from './commands/approve-or-reject.ts';
export { cancelExamOf } from './commands/cancel-exams.ts';
export {
  type AuthorisePolicy,
  adoptConfigured,
  applyPendingPolicy,
  type ConfiguredPolicy,
  changePolicy,
  type PolicyChange,
} from './commands/change-policy.ts';
export { closeExam } from './commands/close-exam.ts';
export { createToken } from './commands/create-token.ts';
export { deleteNode } from './commands/delete-node.ts';
export { denyStale } from './commands/deny-stale.ts';
export {
  type DrawExam,
  drawExams,
  type ExamDraws,
  type ExamSeed,
  nodesDueForExam,
} from './commands/draw-exams.ts';
export { type AuthoriseBrakeEnd, type BrakeEnd, endBrake, heldNodes } from './commands/end-brake.ts';
export { enrolNode } from './commands/enrol-node.ts';
export type { EnrolmentRules } from './commands/enrolment-rules.ts';
export { eraseNodeDetails, expireDetails } from './commands/erase-details.ts';
export { findAttestorsObjection } from './commands/find-keys-objection.ts';
export { findSequenceObjection } from './commands/find-sequence-objection.ts';
export { differsFromOfficers, firstOfficers } from './commands/first-officers.ts';
export { type Foreseen, foresee, type UrgentEvent } from './commands/foresee.ts';
export {
  type ChangedNode,
  changedByFreeze,
  decideAhead,
  type Freeze,
  freezeEpoch,
} from './commands/freeze-epoch.ts';
export { leaveMesh } from './commands/leave-mesh.ts';
export { type AuthoriseLimits, type LimitsAtStart, limitsAtStart } from './commands/limits-at-start.ts';
export { loadPool, type PoolLoad, withdrawPool } from './commands/load-pool.ts';
export { endMaintenance, openWindow, startMaintenance } from './commands/maintenance.ts';
export { noteAlertsTest } from './commands/note-alerts-test.ts';
export { noteBackup } from './commands/note-backup.ts';
export { noteInstanceConflict } from './commands/note-instance-conflict.ts';
export { noteReachability, reachabilityChange } from './commands/note-reachability.ts';
export {
  type Command,
  type CommandContext,
  done,
  type InFlight,
  type Outcome,
  refused,
} from './commands/outcome.ts';
export {
  endQuarantines,
  nextQuarantineEndMs,
  quarantineOrRevoke,
  type StatusChange,
} from './commands/quarantine-or-revoke.ts';
export { recordCertificate } from './commands/record-certificate.ts';
export { recordCuts } from './commands/record-cuts.ts';
export { recordTold } from './commands/record-told.ts';
export { rejectMessage, rejectMessages } from './commands/reject-message.ts';
export { reportEndpoint } from './commands/report-endpoint.ts';
export { resetSequence } from './commands/reset-sequence.ts';
export { restoreExaminer } from './commands/restore-examiner.ts';
export {
  type AuthoriseCaStep,
  type CaFinish,
  type CaStart,
  type CaStep,
  finishCaRotation,
  nodesNotReady,
  noteCaTrust,
  startCaRotation,
} from './commands/rotate-ca.ts';
export {
  type AuthoriseConfigKeyStep,
  abortConfigKey,
  type ConfigKeyEnd,
  type ConfigKeyPreparation,
  type ConfigKeyStep,
  type ConfigKeySwitch,
  finishConfigKey,
  nodesNotConfirmed,
  noteConfigKeyList,
  prepareConfigKey,
  switchConfigKey,
} from './commands/rotate-config-key.ts';
export { type ProvenRotation, rotateKeys, useAnnouncedKey } from './commands/rotate-keys.ts';
export {
  type AuthoriseLogKeyStep,
  abortLogKey,
  finishLogKey,
  type LogKeyAbort,
  type LogKeyFinish,
  type LogKeyPreparation,
  type LogKeyStep,
  prepareLogKey,
} from './commands/rotate-log-key.ts';
export {
  finishMasterKeyRotation,
  recordRotationAtRest,
  startMasterKeyRotation,
} from './commands/rotate-master-key.ts';
export { setClass } from './commands/set-class.ts';
export { submitBenchmark } from './commands/submit-benchmark.ts';
export { takeExamCommitment } from './commands/take-exam-commitment.ts';
export { takeExamResult } from './commands/take-exam-result.ts';
export { findTokenSecretObjection } from './commands/token-secret.ts';
export { type TrialEffect, type TriedNode, tryPolicy } from './commands/try-policy.ts';
export { UnrecordedDenials } from './commands/unrecorded-denials.ts';
export { withdrawToken } from './commands/withdraw-token.ts';
export {
  type EpochTiming,
  epochTiming,
  expiryOf,
  nextEpochId,
  type PlannedEpoch,
  planBoundary,
  planImmediate,
} from './epochs/epoch-schedule.ts';
export { isExamDue, latestExamEpoch } from './epochs/exam-due.ts';
export { examsToClose, nextExamEndMs } from './epochs/exam-ends.ts';
export { examOverdueSinceMs } from './epochs/exam-overdue.ts';
export { StalenessQueue } from './epochs/staleness-queue.ts';
export { type LifeSign, waivedAtStartMs } from './epochs/waiver-at-start.ts';
export { type Actor, actorFields } from './events/actor.ts';
export type { HeldEvent } from './events/brake-event.ts';
export { type ExamEvent, isExamEvent } from './events/exam-event.ts';
export type {
  ExamAssignment,
  ExamCancellation,
  ExamChallenge,
  ExamGrade,
  ExamHead,
  ExaminerList,
  ExamPool,
  ExamService,
  OpenExam,
  PoolItem,
  SaltedItem,
} from './events/exams.ts';
export { isDecision, isRecordedInTime, type JudgedBy, judgedByFields } from './events/judged-by.ts';
export {
  type LimitPolicy,
  type LimitsJson,
  limitsDigest,
  limitsJson,
  limitsOfJson,
} from './events/limits-event.ts';
export { logEntryOf } from './events/log-entry.ts';
export type { LogKeyPair } from './events/log-key-event.ts';
export type {
  AcceptedBenchmark,
  MeshEvent,
} from './events/mesh-event.ts';
export type { Officer } from './events/officer-event.ts';
export { policyHashOf, policyTextOf } from './events/policy-text.ts';
export type { RefusalCount } from './events/refusal-count.ts';
export type { ToldBatch } from './events/told-event.ts';
export { type AppliedReport, AppliedReports } from './observations/applied-reports.ts';
export { InstanceConflicts } from './observations/instance-conflicts.ts';
export {
  type FigureTotals,
  figuresCountForMs,
  measuredIn,
  type PairMeasured,
  type ReportedFigures,
} from './observations/pair-figures.ts';
export {
  differingEnds,
  freshTotals,
  freshTroubles,
  pairsOf,
  REPORT_COUNTS_FOR_MS,
  type TunnelEnd,
  tunnelEndOf,
} from './observations/pair-health.ts';
export type { ClassRules } from './peering/class-differences.ts';
export { EligibleExaminers, isEligibleExaminer } from './peering/eligible-examiners.ts';
export { type ExamPair, examPairs } from './peering/exam-pairs.ts';
export { limitsWeaken, strictestLimits } from './peering/limits-weaken.ts';
export { MembershipIndex } from './peering/membership-index.ts';
export { endpointOf, haveKeys, hostRoute, peerView } from './peering/node-view.ts';
export { PairLimits } from './peering/pair-limits.ts';
export { Peering } from './peering/peering.ts';
export {
  haveProbationKeys,
  type ProbationInput,
  type ProbationPeer,
  probationPeersOf,
} from './peering/probation-pairs.ts';
export { type Reach, reachOf } from './peering/reach.ts';
export { authorityFor } from './requests/authority.ts';
export {
  officersAuthoriseBrakeEnd,
  officersAuthoriseCaStep,
  officersAuthoriseClass,
  officersAuthoriseConfigKeyStep,
  officersAuthoriseLimits,
  officersAuthoriseLogKeyStep,
  officersAuthorisePolicy,
} from './requests/officers-authorise.ts';
export { policyDigest } from './requests/policy-replace.ts';
export { LONGEST_REQUEST_LIFE_MS, requestGuards } from './requests/request-guards.ts';
export { requestState, requestStateDigest } from './requests/request-rules.ts';
export { type Submission, submitRequest } from './requests/submit-request.ts';
export { measuringAsked } from './standing/measuring-asked.ts';
export { type Standing, standingOf } from './standing/standing.ts';
export type { AdminKeyRecord } from './state/admin-key-record.ts';
export { applyEvent } from './state/apply-event.ts';
export type { CaState, NextCa } from './state/ca.ts';
export {
  type ConfigKeyOverlap,
  type ConfigKeyState,
  ONE_CONFIG_KEY,
  signingKeyOf,
} from './state/config-keys.ts';
export type { ControllerFacts, RestoredBackup } from './state/controller-facts.ts';
export type { ExaminerRecord, ExamPoolRecord, ExamRecord, NodeExams, Outvote } from './state/exams.ts';
export { type ExamChanges, type ExamsView, poolInUse } from './state/exams-view.ts';
export { InconsistentEventError } from './state/inconsistent-event-error.ts';
export { type LogKeyState, type NextLogKeys, ONE_LOG_KEY } from './state/log-keys.ts';
export { MeshDraft } from './state/mesh-draft.ts';
export { MeshState } from './state/mesh-state.ts';
export type { MeshView, StateChanges } from './state/mesh-view.ts';
export { epochsAt, lastEpochId, withEpoch } from './state/opened-epochs.ts';
export {
  nextPolicyVersion,
  type Policies,
  type PolicyRecord,
  withPolicy,
} from './state/policies.ts';
export {
  type ClassRecord,
  type DeletedNode,
  type EpochRecord,
  type ErasureRecord,
  evidenceOf,
  type MaintenanceWindow,
  type NodeRecord,
  type OfficerSet,
  type RequestRecord,
  type SpentKey,
  type TokenRecord,
} from './state/records.ts';
export { spentIdentity, spentKeysOf } from './state/spent-keys.ts';
