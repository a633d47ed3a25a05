// The program of the process that asks a measured service and reads its answers, or reads a result file.
// sources/service-process.ts starts it for one run. The process becomes the user `uid:gid`, its only argument
// (`-`: it keeps its user), takes a job, writes a reply and ends. It also ends when the agent ends.

import { flushCompileCache } from 'node:module';
import type { Readable } from 'node:stream';
import { systemTimers } from '@mesh/host';
import { messageOf } from '../../errors/agent-error.ts';
import { MeasurementError, type Result } from '../result/measurement.ts';
import { dropPrivileges } from './drop-privileges.ts';
import { fetchResult } from './fetch-result.ts';
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
    perform(job).then(
      (result) => end({ result }),
      (error: unknown) => end(failureOf(error)),
    );
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

async function perform(job: ServiceJob): Promise<Result> {
  if (job.kind === 'report') return readReportFile(job);
  if (job.kind === 'prometheus') return await queryPrometheus(job, systemTimers);
  if (job.kind === 'url') return await fetchResult(job, systemTimers);
  return await runCanary(job, {
    timers: systemTimers,
    monotonicMs: () => performance.now(),
    matchRegex: createRegexMatcher(systemTimers, job.regexTimeoutMs),
  });
}

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
