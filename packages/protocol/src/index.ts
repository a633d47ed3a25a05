// Messages, signing, problems, routes and typed clients of the Aligned Mesh protocol, version 1. The names of
// the messages of administration are listed in admin-messages.ts.

export { type AdminClient, createAdminClient } from './admin-client.ts';
export {
  type AdminKey,
  AdminKeyError,
  type AdminKeyId,
  adminKeyIdOf,
  formatAdminKey,
  parseAdminKey,
  parseAdminKeyId,
} from './admin-key.ts';
export type { LogQuery } from './admin-log-client.ts';
export * from './admin-messages.ts';
export { type AnswerKind, answerDigest } from './answer-digest.ts';
export {
  type AttestedResult,
  readStatement,
  signAttestation,
  verifyAttestation,
} from './attestation.ts';
export { type BatchTree, batchTree } from './batch-tree.ts';
export { type ClientOptions, type FetchLike, ProtocolClientError } from './call.ts';
export { type CheckedSignature, checkConfigSignature } from './check-config-signature.ts';
export {
  type SignedConfig,
  signConfig,
  signConfigs,
  signConfigsWithDigests,
  verifyConfig,
} from './config-batch.ts';
export {
  type ConfigKeyTrust,
  followKeyLists,
  keysTrustedAt,
  listMadeAtMs,
  trustKey,
  trustList,
} from './config-key-chain.ts';
export { dsseEncoding, type StatementSigner, signStatement } from './dsse.ts';
export { ExamIdError, parseExamId, parsePoolName } from './exam-ids.ts';
export { formatBitRate } from './format-bit-rate.ts';
export { formatBytes } from './format-bytes.ts';
export {
  formatJoinToken,
  type JoinToken,
  JoinTokenError,
  parseJoinToken,
  type TokenId,
  tokenIdOf,
} from './join-token.ts';
export {
  decodeLiveHandshake,
  decodeLivePath,
  encodeLiveHandshake,
  encodeLivePath,
  encodeLiveRuns,
  type LivePath,
  LiveRuns,
} from './live-runs.ts';
export {
  type AlertReceiver,
  alertReceiver,
  type TestAlertsAnswer,
  type TestAlertsRequest,
  testAlertsRequest,
} from './messages/alerts.ts';
export {
  APPLIED_EVERY_MS,
  type AppliedAnswer,
  type AppliedMessage,
  appliedMessage,
  type Trouble,
  type Troubles,
} from './messages/applied.ts';
export {
  type AttestationEnvelope,
  attestationEnvelope,
  IN_TOTO_MEDIA_TYPE,
  STATEMENT_TYPE,
  type TestResultStatement,
} from './messages/attestation.ts';
export {
  type BenchmarkAnswer,
  type BenchmarkMessage,
  benchmarkAnswer,
  benchmarkMessage,
  type Membership,
} from './messages/benchmark.ts';
export {
  type ConfigAnswer,
  type ConfigBatch,
  type ConfigDelta,
  type ConfigKeys,
  type ConfigPeer,
  configAnswer,
  configDelta,
  type FullConfig,
  fullConfig,
  isDelta,
  MAX_BATCH_SIZE,
  type NextEpochKeys,
  type Rotation,
  rotation,
  type SealedKeySets,
  type SealedKeys,
  sealedKeySets,
  type UnsealedKeys,
  type UseOfSlotB,
} from './messages/config.ts';
export { type ConfigKeyList, configKeyList, MAX_CONFIG_KEY_LISTS } from './messages/config-key-list.ts';
export {
  type Acknowledgement,
  type AdvertisedEndpoint,
  acknowledgement,
  advertisedEndpoint,
  type EndpointMessage,
  endpointMessage,
  sameEndpoint,
} from './messages/endpoint.ts';
export {
  type CertificateAnswer,
  certificateRequest,
  type EnrolmentAnswer,
  type EnrolmentChallenge,
  type EnrolmentChallengeRequest,
  type EnrolmentMessage,
  enrolmentAnswer,
  enrolmentChallengeRequest,
  enrolmentMessage,
} from './messages/enrolment.ts';
export {
  type EpochStatus,
  epochStatus,
  type Health,
  health,
  type StatusFile,
  statusFile,
} from './messages/epoch-status.ts';
export {
  type ExamAssignment,
  type ExamAssignments,
  type ExamCommitment,
  type ExamGrade,
  type ExamGrading,
  type ExamResult,
  examAssignment,
  examAssignments,
  examCommitment,
  examGrading,
  examResult,
  MAX_OPEN_ASSIGNMENTS,
} from './messages/exam.ts';
export {
  type KeyRotationAnswer,
  type KeyRotationMessage,
  keyRotationMessage,
  keyRotationProofBody,
} from './messages/key-rotation.ts';
export { type LeaveMessage, leaveMessage } from './messages/leave.ts';
export {
  type LogCosignature,
  type LogIdentity,
  type LogKeyView,
  type LogProof,
  logCosignature,
  logHead,
  logIdentity,
  logKeyView,
  logProof,
  memberCosigner,
  type ProofAnswer,
  proofAnswer,
} from './messages/log.ts';
export {
  type MaintenanceMessage,
  maintenanceMessage,
  type OfficerRequest,
  type OfficerSignature,
  officerRequest,
  requestDraftQuery,
  type SignedRequest,
  signedRequest,
} from './messages/officer-request.ts';
export {
  type AppliedFigures,
  type CountedTraffic,
  encodePairRows,
  FIGURES_VERSION,
  MAX_APPLIED_BYTES,
  type PairFigures,
  type PairRow,
  PairRows,
} from './messages/pair-figures.ts';
export { MAX_RECEIPTS, type ReceiptMessage, receiptMessage } from './messages/receipt.ts';
export {
  type ConfigOrNotice,
  configOrNotice,
  isRemovalNotice,
  type RemovalNotice,
  removalNotice,
} from './messages/removal-notice.ts';
export { type KeptAnswer, keptAnswer, verifyKept } from './messages/told.ts';
export { createNodeClient, type NodeClient } from './node-client.ts';
export { documentPath, type OpenApiDocument, openApiDocument } from './openapi/document.ts';
export { openApiPage, PAGE_STYLE } from './openapi/page.ts';
export { memberOperations } from './operations/member-operations.ts';
export {
  type AdminOperation,
  MAX_PAGE,
  type MediaAnswer,
  type MemberOperation,
  type Operation,
  type PageQuery,
  pageQuery,
} from './operations/operation.ts';
export { adminOperations, allOperations, type NamedOperation } from './operations/operations.ts';
export { type DoorName, problemsOf } from './operations/problems-of.ts';
export { publicOperations } from './operations/public-operations.ts';
export { type PossessionClaim, possessionProof } from './possession.ts';
export { printable } from './printable.ts';
export {
  PROBLEM_MEDIA_TYPE,
  type Problem,
  type ProblemCode,
  type ProblemDescription,
  ProblemError,
  parseProblem,
  problem,
  problemCodes,
  problemDescriptions,
} from './problems.ts';
export { createPublicClient, type PublicClient } from './public-client.ts';
export {
  type OfficerEntry,
  officerEntries,
  officerEntry,
  requiredSignatures,
} from './requests/officer-entry.ts';
export {
  type RequestKindName,
  type RequestSubject,
  requestKindNames,
  requestSentence,
} from './requests/request-kinds.ts';
export {
  CONFIG_VERSION_HEADER,
  networkAdminPath,
  pathOf,
  type RouteName,
  routes,
  STREAM_MEDIA_TYPE,
} from './routes.ts';
export { SCHEMA_VERSION, SCHEMA_VERSION_HEADER } from './schema-version.ts';
export {
  type MessageKind,
  messageKinds,
  type Sign,
  signingInput,
  signMessage,
  unsignedText,
  verifyMessage,
} from './sign-message.ts';
export { signReceipts, type UnsignedReceipt, verifyReceipt } from './sign-receipts.ts';
