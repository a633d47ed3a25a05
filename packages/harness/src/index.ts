// @mesh/harness: asks a chat service the prompts of a canary suite and grades the answers into score
// dimensions.

export { findTooLittleAnswered } from './answered.ts';
export {
  type AnswerGrade,
  type AssertionOutcome,
  gradeAnswer,
  type MatchRegex,
  type RegexQuestion,
} from './assertions.ts';
export { CHAT_APIS, type ChatApi, chatHeaders, readChat } from './chat-api.ts';
export {
  buildChatRequest,
  type ChatQuestion,
  type ChatRequest,
  FIXED_CHAT_FIELDS,
} from './chat-request.ts';
export { type ChatAnswer, MAX_CHAT_RESPONSE_BYTES, readChatAnswer } from './chat-response.ts';
export { type BusyAnswer, findRetryWaitMs } from './chat-retry.ts';
export { MAX_CHAT_STREAM_BYTES } from './chat-stream.ts';
export { completeChatUrl } from './chat-url.ts';
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
export { MAX_PROMETHEUS_BYTES, prometheusQueryUrl, readPrometheusAnswer } from './results/prometheus.ts';
export { REPORT_FORMATS, type ReportFormat, readReport, reportMediaType } from './results/read-report.ts';
export {
  type InflateRaw,
  MAX_REPORT_BYTES,
  type Measure,
  type ReadReportOptions,
  type Report,
  type ScoredMeasure,
} from './results/report.ts';
export { type Ask, type PromptOutcome, type Question, type RunOptions, runSuite } from './run-suite.ts';
export { similarity } from './similarity.ts';
export { type Assertion, parseSuite, type Suite, type SuitePrompt } from './suite.ts';
export { ASSERTION_TYPES, type AssertionType } from './suite-schema.ts';
