// `mesh-agent suite`: checks a canary suite, and runs it against a chat service. Useful without a mesh.

import { CHAT_APIS, gradeRun, HarnessError, type PromptOutcome, parseSuite, type Suite } from '@mesh/harness';
import { systemTimers } from '@mesh/host';
import { printable } from '@mesh/protocol';
import { type Command, Option } from 'commander';
import { AgentError, messageOf } from '../errors/agent-error.ts';
import { canaryParts, readSuite } from '../measure/canary-parts.ts';
import { createRegexMatcher } from '../measure/child/regex-matcher.ts';
import { askSuite } from '../measure/child/run-canary.ts';
import { canaryJob, countJudgments, longestRunMs } from '../measure/sources/canary-run.ts';
import { common } from './common-options.ts';
import type { CommandIo } from './down.ts';
import { type CommonFlags, settingsFrom } from './settings-from.ts';
import { progressBar, textTable } from './text-table.ts';

export interface SuiteRunFlags extends CommonFlags {
  readonly endpoint?: string;
  readonly api?: string;
  readonly model?: string;
  readonly stream?: boolean;
  readonly apiKeyFile?: string;
  readonly apiKeyEnv?: string;
  readonly caFile?: string;
  readonly concurrency?: string;
  readonly timeout?: string;
  readonly judgeEndpoint?: string;
  readonly judgeApi?: string;
  readonly judgeModel?: string;
  readonly judgeApiKeyFile?: string;
  readonly judgeApiKeyEnv?: string;
  readonly judgeMaxQuestions?: string;
  readonly json?: boolean;
}

const MAX_TEXT_LENGTH = 200;

export function suiteCommand(program: Command, io: CommandIo): void {
  const suite = program.command('suite').description('canary suites, also without a mesh');
  suite
    .command('lint')
    .description('check a suite and show what it measures')
    .argument('<file>', 'the suite (YAML)')
    .addHelpText('after', '\nExamples:\n  $ mesh-agent suite lint canary.yaml')
    .action((file) => runSuiteLint(file, io));
  const api = (flags: string, of: string) =>
    new Option(flags, `how ${of} is asked (default openai)`).choices(CHAT_APIS);
  common(suite.command('run'))
    .description('put the prompts of a suite to a chat service and show the scores')
    .argument('<file>', 'the suite (YAML)')
    .option('--endpoint <url>', 'the chat service')
    .addOption(api('--api <kind>', 'it'))
    .option('--model <name>', 'the model to ask for')
    .option('--stream', 'ask for streamed answers')
    .option('--api-key-file <path>', 'a file (mode 0600) with its API key')
    .option('--api-key-env <name>', 'or the variable of the environment with its API key')
    .option('--ca-file <path>', 'its CA, in PEM, if no public CA certifies it')
    .option('--concurrency <n>', 'questions at a time (4)')
    .option('--timeout <seconds>', 'the time limit of one question (20)')
    .option('--judge-endpoint <url>', 'a second chat service, for llm-judge')
    .addOption(api('--judge-api <kind>', 'the judge'))
    .option('--judge-model <name>', 'the model that judges')
    .option('--judge-api-key-file <path>', "a file (mode 0600) with the judge's API key")
    .option('--judge-api-key-env <name>', "or the variable of the environment with the judge's API key")
    .option('--judge-max-questions <n>', 'the most questions to the judge (200)')
    .option('--json', 'print scores and outcomes as JSON')
    .addHelpText(
      'after',
      `
It ends with 0 if every prompt was answered, whatever the scores are. Ask services that you do not trust as an ordinary
user: their answers are read by this process.

Examples:
  $ mesh-agent suite run canary.yaml --endpoint http://127.0.0.1:8000
  $ mesh-agent suite run canary.yaml --endpoint https://api.anthropic.com --api anthropic --model m --api-key-env KEY
  $ mesh-agent suite run canary.yaml --endpoint http://127.0.0.1:11434 --api ollama --model m --json`,
    )
    .action((file, flags) => runSuiteRun(file, flags, io));
}

/** @throws AgentError `usage` for a suite that cannot be read or is not valid */
export function runSuiteLint(file: string, io: CommandIo): void {
  const suite = parseValid(file, readSuite(file));
  const judgments = countJudgments(suite);
  const rows = dimensionsOf(suite).map((name) => {
    const own = suite.prompts.filter(({ dimension }) => dimension === name);
    const weight = own.reduce((sum, prompt) => sum + prompt.weight, 0);
    return [name, String(own.length), String(own.flatMap(({ assert }) => assert).length), String(weight)];
  });
  io.write(
    `${printable(suite.name)} ${printable(suite.version)}: ${suite.prompts.length} prompts\n${textTable([['SCORE', 'PROMPTS', 'ASSERTIONS', 'WEIGHT'], ...rows])}${judgments === 0 ? '' : `It asks a judge ${judgments} times.\n`}`,
  );
}

/** @throws AgentError `failed` if a prompt was not answered; `usage` for a suite, a flag or a file */
export async function runSuiteRun(file: string, flags: SuiteRunFlags, io: CommandIo): Promise<void> {
  const { measure } = settingsFrom(flags, io.env, {
    'measure.canary.endpoint': flags.endpoint,
    'measure.canary.suite': file,
    'measure.canary.api': flags.api,
    'measure.canary.model': flags.model,
    'measure.canary.stream': flags.stream,
    'measure.canary.api_key_file': flags.apiKeyFile,
    'measure.canary.api_key_env': flags.apiKeyEnv,
    'measure.canary.ca_file': flags.caFile,
    'measure.canary.concurrency': flags.concurrency,
    'measure.canary.judge.endpoint': flags.judgeEndpoint,
    'measure.canary.judge.api': flags.judgeApi,
    'measure.canary.judge.model': flags.judgeModel,
    'measure.canary.judge.api_key_file': flags.judgeApiKeyFile,
    'measure.canary.judge.api_key_env': flags.judgeApiKeyEnv,
    'measure.canary.judge.max_questions': flags.judgeMaxQuestions,
    'measure.timeout_seconds': flags.timeout,
  });
  const run = canaryParts(measure);
  const suite = parseValid(file, run.suiteText);
  const shows = flags.json !== true && process.stderr.isTTY === true;
  const { outcomes } = await askSuite(suite, canaryJob(run, longestRunMs(suite, run)), {
    timers: systemTimers,
    monotonicMs: () => performance.now(),
    matchRegex: createRegexMatcher(systemTimers, run.regexTimeoutMs),
    signal: io.signal,
    onProgress: (_outcome, done, total) => {
      if (shows) io.writeError(progressBar(done, total));
    },
  });
  const grade = gradeRun(suite, outcomes);
  const unanswered = outcomes.filter(({ problem }) => problem !== undefined).length;
  if (flags.json === true) io.write(`${JSON.stringify({ ...grade, unanswered, outcomes })}\n`);
  else io.write(render(suite, grade, outcomes));
  if (unanswered > 0)
    throw new AgentError('failed', `${unanswered} of ${outcomes.length} prompts have no answer`);
}

function parseValid(file: string, text: string): Suite {
  try {
    return parseSuite(text);
  } catch (error) {
    if (!(error instanceof HarnessError)) throw error;
    throw new AgentError('usage', `${file}: ${messageOf(error)}`, { cause: error });
  }
}

const dimensionsOf = ({ prompts }: Suite) => [...new Set(prompts.map(({ dimension }) => dimension))];

function render(
  suite: Suite,
  { scores, samples }: ReturnType<typeof gradeRun>,
  outcomes: readonly PromptOutcome[],
): string {
  const table = ['overall', ...dimensionsOf(suite)].map((name) => [
    name,
    (scores[name] ?? 0).toFixed(4),
    String(samples[name] ?? 0),
  ]);
  const failed = outcomes
    .filter(({ score }) => score < 1)
    .map(({ id, score, problem, assertions }) => [id, score.toFixed(2), problem ?? whyFailed(assertions)])
    .map((row) => row.map((cell) => printable(cell, MAX_TEXT_LENGTH)));
  const failures = failed.length === 0 ? '' : `\n${textTable([['NOT PASSED', 'SCORE', 'WHY'], ...failed])}`;
  return `${textTable([['SCORE', 'VALUE', 'PROMPTS'], ...table])}${failures}`;
}

function whyFailed(assertions: PromptOutcome['assertions']): string {
  return assertions
    .filter(({ passed }) => !passed)
    .map(({ type, problem }) => (problem === undefined ? type : `${type} (${problem})`))
    .join(', ');
}
