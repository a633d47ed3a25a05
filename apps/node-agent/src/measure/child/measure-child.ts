// The program of the process that asks a service and reads its answers, reads a result file, or grades
// answers. sources/service-process.ts starts it for one run. The process becomes the user `uid:gid`, its only
// argument (`-`: it keeps its user), takes a job, writes a reply and ends. It also ends when the agent ends.

import { flushCompileCache } from 'node:module';
import type { Readable } from 'node:stream';
import { systemTimers } from '@mesh/host';
import { messageOf } from '../../errors/agent-error.ts';
import { MeasurementError } from '../result/measurement.ts';
import { askExamined } from './ask-examined.ts';
import { dropPrivileges } from './drop-privileges.ts';
import { fetchResult } from './fetch-result.ts';
import { gradeAnswers } from './grade-answers.ts';
import { queryPrometheus } from './query-prometheus.ts';
import { readReportFile } from './read-report-file.ts';
import { createRegexMatcher } from './regex-matcher.ts';
import { runCanary } from './run-canary.ts';
import type { Reply, ServiceJob } from './service-job.ts';

// This also catches unhandled rejections.
process.on('uncaughtException', (error) => {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exit(1);
});

function main(): void {
  // This matters with NODE_COMPILE_CACHE. Node would write the cache at the end, when the process may no
  // longer write there.
  flushCompileCache();
  try {
    dropPrivileges(readUser(process.argv[2]));
  } catch (error) {
    end(failureOf(error));
  }
  readJob(process.stdin, (job) => {
    perform(job).then(end, (error: unknown) => end(failureOf(error)));
  });
}

function readUser(argument = '') {
  if (argument === '-') return undefined;
  const [uid, gid] = argument.split(':').map(Number);
  if (uid === undefined || gid === undefined) throw new TypeError('the argument is uid:gid, or -');
  return { uid, gid };
}

function readJob(input: Readable, take: (job: ServiceJob) => void): void {
  let text = '';
  let taken = false;
  input.setEncoding('utf8').on('data', (chunk: string) => {
    if (taken) return;
    text += chunk;
    if (!text.endsWith('\n')) return;
    taken = true;
    take(JSON.parse(text) as ServiceJob);
  });
  // The pipe from the agent closes whenever the agent ends, even after a crash.
  input.on('end', () => process.exit(1));
}

async function perform(job: ServiceJob): Promise<Reply> {
  const clock = { timers: systemTimers, monotonicMs: () => performance.now() };
  switch (job.kind) {
    case 'report':
      return { result: readReportFile(job) };
    case 'prometheus':
      return { result: await queryPrometheus(job, systemTimers) };
    case 'url':
      return { result: await fetchResult(job, systemTimers) };
    case 'canary':
      return { result: await runCanary(job, { ...clock, matchRegex: regexMatcher(job) }) };
    case 'question':
      return await askExamined(job, clock);
    case 'grading':
      return { scores: await gradeAnswers(job, { ...clock, matchRegex: regexMatcher(job) }) };
  }
}

const regexMatcher = ({ regexTimeoutMs }: { readonly regexTimeoutMs: number }) =>
  createRegexMatcher(systemTimers, regexTimeoutMs);

function failureOf(error: unknown): Reply {
  if (!(error instanceof MeasurementError)) throw error;
  return { failure: { code: error.code, message: error.message.slice(0, 4_096) } };
}

function end(reply: Reply): never {
  // Writing to a pipe is synchronous, so everything is written when this returns (Node's documentation,
  // "process I/O").
  process.stdout.write(JSON.stringify(reply));
  process.exit(0);
}

main();
