// @mesh/harness: canary suites, put to a chat service and graded into score dimensions.

export { findTooLittleAnswered } from './answered.ts';
export {
  type AnswerGrade,
  type AssertionOutcome,
  gradeAnswer,
  type MatchRegex,
  type RegexQuestion,
} from './assertions.ts';
export {
  buildChatRequest,
  CHAT_COMPLETIONS_PATH,
  type ChatQuestion,
  type ChatRequest,
} from './chat-request.ts';
export { MAX_CHAT_RESPONSE_BYTES, readChatAnswer } from './chat-response.ts';
export { gradeRun, type RunGrade } from './grade-run.ts';
export { HarnessError, type HarnessErrorCode } from './harness-error.ts';
export { normaliseText } from './normalise-text.ts';
export { type Ask, type PromptOutcome, type Question, type RunOptions, runSuite } from './run-suite.ts';
export {
  ASSERTION_TYPES,
  type Assertion,
  type AssertionType,
  parseSuite,
  type Suite,
  type SuitePrompt,
} from './suite.ts';
