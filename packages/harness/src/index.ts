// @mesh/harness: asks a chat service the prompts of a canary suite and grades the answers into scores; reads
// the result files of other harnesses and maps their values to scores.

export { findTooLittleAnswered } from './answered.ts';
export {
  type AnswerGrade,
  type AssertionOutcome,
  gradeAnswer,
  type MatchRegex,
  type RegexQuestion,
} from './assertions.ts';
export { type ChatAnswer, MAX_CHAT_RESPONSE_BYTES } from './chat/chat-answer.ts';
export { CHAT_APIS, type ChatApi, chatHeaders, readChat } from './chat/chat-api.ts';
export {
  buildChatRequest,
  type ChatQuestion,
  type ChatRequest,
  FIXED_CHAT_FIELDS,
} from './chat/chat-request.ts';
export { type BusyAnswer, findRetryWaitMs } from './chat/chat-retry.ts';
export { MAX_CHAT_STREAM_BYTES } from './chat/chat-stream.ts';
export { completeChatUrl } from './chat/chat-url.ts';
export { readChatAnswer } from './chat/openai-response.ts';
export {
  type DrawnExam,
  drawExam,
  type EligibleNodes,
  type ExamDraw,
  eligibleNodes,
} from './exam/draw-exam.ts';
export {
  CHALLENGE_LENGTH_BYTES,
  challengeDigest,
  examIdOf,
  examSeed,
  type SeedInputs,
} from './exam/exam-seed.ts';
export { type ExamPool, type PoolItem, type PoolPair, parsePool } from './exam/pool.ts';
export {
  ITEM_SALT_LENGTH_BYTES,
  isItemOf,
  type OpenedItem,
  type SealedItem,
  type SealedPool,
  sealedPool,
  sealPool,
} from './exam/seal-pool.ts';
export {
  parseTranscript,
  renderTranscript,
  type Transcript,
  type TranscriptAnswer,
  transcriptDigest,
} from './exam/transcript.ts';
export { gradeRun, type RunGrade } from './grade-run.ts';
export { HarnessError, type HarnessErrorCode } from './harness-error.ts';
export { buildJudgePrompt, type Judge, type JudgeQuestion, readVerdict } from './judge.ts';
export { normaliseText } from './normalise-text.ts';
export {
  type MappedDimension,
  type MappedScore,
  mapReport,
  type UnscoredScore,
} from './results/map-report.ts';
export { type Mapping, type MappingRule, parseMapping, splitMapping } from './results/mapping.ts';
export type { Measure, ScoredMeasure } from './results/measure.ts';
export { MAX_PROMETHEUS_BYTES, prometheusQueryUrl, readPrometheusAnswer } from './results/prometheus.ts';
export {
  REPORT_FORMATS,
  type ReadReportOptions,
  type ReportFormat,
  readReport,
  reportMediaType,
} from './results/read-report.ts';
export { MAX_REPORT_BYTES, type Report } from './results/report.ts';
export type { InflateRaw } from './results/zip-entry.ts';
export { type Ask, type PromptOutcome, type Question, type RunOptions, runSuite } from './run-suite.ts';
export { similarity } from './similarity.ts';
export { type Assertion, parseSuite, type Suite, type SuitePrompt } from './suite.ts';
export { ASSERTION_TYPES, type AssertionType } from './suite-schema.ts';
