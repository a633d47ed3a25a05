// Runs a program that is not trusted once. Its environment is given, its time and output are limited, and its
// process group ends with it. The programs that start it (confinement.ts) take away its privileges.

import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { Readable } from 'node:stream';
import { errorCodeOf, type Timers } from '@mesh/host';
import { printable } from '@mesh/protocol';
import { MeasurementError } from '../result/measurement.ts';

export interface ConfinedRun {
  /** For messages. */
  readonly what: string;
  /** Program and arguments, with those of the confinement before them. Run without a shell. */
  readonly command: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
  /**
   * Written to its standard input, which stays open until the program ends. If it is absent, the program has
   * no input.
   */
  readonly input?: string;
  /** An open file that it gets as its descriptor 3. The caller keeps it open until the run has ended. */
  readonly file?: number;
  /** The most that it may print to standard output. */
  readonly maxBytes: number;
  readonly timeoutMs: number;
  readonly timers: Timers;
  readonly signal: AbortSignal;
  /** The code of the error if the program fails. */
  readonly failure: 'command_failed' | 'process_failed';
}

const MAX_COMPLAINT_BYTES = 1_024;
const MAX_COMPLAINT_LENGTH = 300;

/**
 * @returns its standard output
 * @throws MeasurementError `timeout` if the time is over or the signal aborts; `too_large`; the code in
 *   `failure` if the program cannot be started or does not end with 0
 */
export function runConfined(run: ConfinedRun): Promise<string> {
  const { what, maxBytes, timeoutMs, timers, signal } = run;
  return new Promise((resolve, reject) => {
    const failed = (how: string, cause?: unknown) =>
      new MeasurementError(run.failure, `${what} ${how}`, { cause });
    let child: ChildProcess;
    try {
      child = start(run);
    } catch (error) {
      reject(failed('cannot be started', error));
      return;
    }
    let failure: MeasurementError | undefined;
    const stop = (code: 'timeout' | 'too_large', how: string) => {
      const killed = killGroup(child);
      const survives = killed ? '' : ', and may not be ended by the agent: give that CAP_KILL';
      failure ??= new MeasurementError(code, `${what} ${how}${survives}`);
      // A descendant that left the group can keep the pipes open; the measurement must not wait for them.
      child.stdin?.destroy();
      child.stdout?.destroy();
      child.stderr?.destroy();
      // Without a kill there may be no event when it ends, so the run ends now.
      if (!killed) settle(failure);
    };
    const output = collect(child.stdout, maxBytes, () =>
      stop('too_large', `prints more than ${maxBytes} bytes`),
    );
    const complaint = collect(child.stderr, MAX_COMPLAINT_BYTES, () => undefined);
    const cancel = timers.setTimer(timeoutMs, () =>
      stop('timeout', `took longer than ${timeoutMs / 1_000} s`),
    );
    const onAbort = () => stop('timeout', 'was stopped with the agent');
    signal.addEventListener('abort', onAbort, { once: true });
    const settle = (error: MeasurementError | undefined) => {
      cancel();
      signal.removeEventListener('abort', onAbort);
      if (error === undefined) resolve(output());
      else reject(error);
    };
    child.on('error', (error) => settle(failed(`cannot be started (${errorCodeOf(error) ?? 'unknown'})`)));
    // The program itself has ended. This ends what it left in its group.
    child.on('exit', () => killGroup(child));
    child.on('close', (code, killedBy) => {
      if (failure !== undefined || code === 0) return settle(failure);
      const how = describeEnd(code, killedBy);
      settle(failed(`${how}: ${oneLine(complaint()) || 'it said nothing'}`));
    });
    if (signal.aborted) onAbort();
  });
}

function start({ command: [program, ...args], env, input, file }: ConfinedRun): ChildProcess {
  const options: SpawnOptions = {
    cwd: '/',
    env: { ...env },
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe', ...(file === undefined ? [] : [file])],
    // The program gets its own process group, so that the processes that it starts can be ended with it.
    detached: true,
  };
  const child = spawn(program, args, options);
  // A pipe fails when its other end is gone. That error is ignored, because the way the process ended is more
  // informative.
  for (const pipe of [child.stdin, child.stdout, child.stderr]) pipe?.on('error', () => undefined);
  child.stdin?.write(input ?? '');
  return child;
}

/** Collects up to `maxBytes`. If there is more, it calls `overflow` and drops the rest. */
function collect(from: Readable | null, maxBytes: number, overflow: () => void): () => string {
  const chunks: Buffer[] = [];
  let lengthBytes = 0;
  from?.on('data', (chunk: Buffer) => {
    if (lengthBytes + chunk.length > maxBytes) overflow();
    const kept = chunk.subarray(0, Math.max(0, maxBytes - lengthBytes));
    lengthBytes += kept.length;
    chunks.push(kept);
  });
  return () => Buffer.concat(chunks).toString('utf8');
}

/** @returns whether the group has ended: an agent without CAP_KILL may not end another user's processes */
function killGroup(child: ChildProcess): boolean {
  if (child.pid === undefined) return true;
  try {
    process.kill(-child.pid, 'SIGKILL');
    return true;
  } catch (error) {
    return errorCodeOf(error) === 'ESRCH';
  }
}

/** The program's output as one line for the log. */
function oneLine(text: string): string {
  return printable(text.trim().replaceAll(/\s+/g, ' '), MAX_COMPLAINT_LENGTH);
}

/** Describes how the program ended. A shell in between reports a signal as 128 + its number. */
function describeEnd(code: number | null, killedBy: string | null): string {
  const number = (code ?? 0) - 128;
  const name = Object.entries(constants.signals).find(([, value]) => value === number)?.[0];
  const signal = killedBy ?? name;
  return signal === undefined ? `ended with ${code}` : `was killed by ${signal}`;
}
