// The process in which a measured service is asked and what it says is read: a composition of its own, started by
// sources/service-process.ts for one run. It becomes `uid:gid`, its only argument (`-`: it stays who it is), takes a
// job, writes a reply and ends. It ends, too, when the agent does.

import { flushCompileCache } from 'node:module';
import type { Readable } from 'node:stream';
import { systemTimers } from '@mesh/host';
import { messageOf } from '../../agent-error.ts';
import { MeasurementError, type Result } from '../measurement.ts';
import { dropPrivileges } from './drop-privileges.ts';
import { fetchResult } from './fetch-result.ts';
import { createRegexMatcher } from './regex-matcher.ts';
import { runCanary } from './run-canary.ts';
import type { Reply, ServiceJob } from './service-job.ts';

// Rejections that nobody waits for come here as well.
process.on('uncaughtException', (error) => {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exit(1);
});

function main(): void {
  // Where NODE_COMPILE_CACHE is set. At its end, when Node would do it, it may not write there any more.
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
  // The other end closes with the agent, however that ended.
  input.on('end', () => process.exit(1));
}

function perform(job: ServiceJob): Promise<Result> {
  if (job.kind === 'url') return fetchResult(job, systemTimers);
  return runCanary(job, {
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
  // A pipe is written to at once and whole before this returns (process I/O, Node's documentation).
  process.stdout.write(JSON.stringify(reply));
  process.exit(0);
}

main();
