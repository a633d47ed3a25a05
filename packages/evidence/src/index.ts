// Public names of @mesh/evidence.

export { type ExportedEntry, statementOf } from './attestation/in-toto.ts';
export { renderBacktest } from './backtest/render-backtest.ts';
export {
  type Backtest,
  type BacktestAsked,
  type BacktestSource,
  runBacktest,
} from './backtest/run-backtest.ts';
export { EvidenceError, type EvidenceErrorCode } from './evidence-error.ts';
export { EXAM_FILE_FORMAT, type ExamFile, parseExamFile, renderExamFile } from './exam/exam-file.ts';
export { type ExamInLog, type ExamReport, verifyExam } from './exam/verify-exam.ts';
export {
  MAX_PROOF_FILE_BYTES,
  PROOF_FILE_FORMAT,
  type ProofFile,
  parseProofFile,
  renderProofFile,
} from './file/proof-file.ts';
export type { ProvenEntry } from './file/proven-entry.ts';
export type { ProvenTold } from './file/proven-told.ts';
export { type JudgedResult, type JudgedState, parseJudgedState, renderJudgedState } from './judged-state.ts';
export { parseToldAnswer, renderToldAnswer, type ToldAnswer } from './told/told-answer.ts';
export {
  hashTelling,
  type Telling,
  TOLD_TYPE,
  type ToldNode,
  toldLeaf,
} from './told/told-leaf.ts';
export type { ProofTrust } from './verify/check-head.ts';
export { STANDING_TYPES, STATUS_AFTER } from './verify/check-standing.ts';
export { type ComparedAnswer, compareTold, RECORDING_MS } from './verify/compare-told.ts';
export type {
  DecisionInLog,
  ProofFault,
  ProofGap,
  ProofReport,
  ProofStep,
  ProofStepName,
  ToldInLog,
} from './verify/proof-report.ts';
export { DECISION_TYPES } from './verify/replay-decision.ts';
export { verifyProof } from './verify/verify-proof.ts';
export { verifyTold } from './verify/verify-told.ts';
