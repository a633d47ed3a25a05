// Scores from a command that prints JSON. It is not trusted with anything: no privileges, no environment, no input,
// limits on time, memory and output (confinement.ts), and what it started ends with it.

import { type ChildProcess, spawn } from 'node:child_process';
import { errorCodeOf, type Logger, type Timers } from '@mesh/host';
import { MAX_RESULT_BYTES, MeasurementError, type MeasurementSource, readResult } from '../measurement.ts';
import { type Confinement, findConfinement } from './confinement.ts';
import type { UnprivilegedUser } from './unprivileged-user.ts';

export interface CommandSourceOptions {
  /** Program and arguments; no shell in between. */
  readonly command: readonly [string, ...string[]];
  readonly suiteVersion: string;
  readonly timeoutMs: number;
  /** Of each process. */
  readonly memoryBytes: number;
  /** Whom to become; undefined where the agent itself has no privileges to drop. */
  readonly runAs: UnprivilegedUser | undefined;
  readonly timers: Timers;
  readonly controllerNowMs: () => number;
  readonly logger: Pick<Logger, 'warn'>;
}

const MAX_COMPLAINT_BYTES = 1_024;

export function createCommandSource(options: CommandSourceOptions): MeasurementSource {
  const confinement = findConfinement(options);
  if (confinement?.endsWithCommand === false) {
    options.logger.warn(
      'no PID namespace can be made (root, CAP_SYS_ADMIN and unshare are needed): what leaves the process group of the benchmark command outlives it',
    );
  }
  return {
    name: 'command',
    async measure({ challenge, signal }) {
      if (confinement === undefined) {
        throw new MeasurementError(
          'unavailable',
          'setpriv and prlimit are needed to run a benchmark command safely: install util-linux, or use another source',
        );
      }
      const startedAtMs = options.controllerNowMs();
      const output = await run(options, confinement, challenge, signal);
      return readResult(output, options.command[0], {
        measuredAtMs: startedAtMs,
        suiteVersion: options.suiteVersion,
        ...(challenge === undefined ? {} : { challenge }),
      });
    },
  };
}

function run(
  options: CommandSourceOptions,
  confinement: Confinement,
  challenge: string | undefined,
  signal: AbortSignal,
): Promise<string> {
  const what = options.command[0];
  const [program, ...args] = confinement.prefix;
  return new Promise((resolve, reject) => {
    let child: ChildProcess;
    try {
      child = spawn(program, [...args, ...options.command], {
        cwd: '/',
        env: {
          PATH: '/usr/local/bin:/usr/bin:/bin',
          LANG: 'C.UTF-8',
          HOME: '/nonexistent',
          ...(challenge === undefined ? {} : { MESH_CHALLENGE: challenge }),
        },
        stdio: ['ignore', 'pipe', 'pipe'],
        // A group of its own, so that whatever it starts can be ended with it.
        detached: true,
      });
    } catch (error) {
      reject(new MeasurementError('command_failed', `${what} cannot be started`, { cause: error }));
      return;
    }
    let failure: MeasurementError | undefined;
    const output = collect(child, 'stdout', MAX_RESULT_BYTES, () =>
      stop(new MeasurementError('too_large', `${what} prints more than ${MAX_RESULT_BYTES} bytes`)),
    );
    const complaint = collect(child, 'stderr', MAX_COMPLAINT_BYTES, () => undefined);
    const stop = (why: MeasurementError) => {
      failure ??= why;
      killGroup(child);
      // A descendant that left the group can hold the pipes open: they must not hold the measurement.
      child.stdout?.destroy();
      child.stderr?.destroy();
    };
    const cancel = options.timers.setTimer(options.timeoutMs, () =>
      stop(new MeasurementError('timeout', `${what} took longer than ${options.timeoutMs / 1_000} s`)),
    );
    const onAbort = () => stop(new MeasurementError('timeout', `${what} was stopped with the agent`));
    signal.addEventListener('abort', onAbort, { once: true });
    const settle = (error: MeasurementError | undefined) => {
      cancel();
      signal.removeEventListener('abort', onAbort);
      if (error === undefined) resolve(output());
      else reject(error);
    };
    child.on('error', (error) =>
      settle(
        new MeasurementError(
          'command_failed',
          `${what} cannot be started (${errorCodeOf(error) ?? 'unknown'})`,
        ),
      ),
    );
    // The command itself is done: what it left behind in its group ends now.
    child.on('exit', () => killGroup(child));
    child.on('close', (code, killedBy) => {
      if (failure !== undefined || code === 0) return settle(failure);
      const how = killedBy === null ? `ended with ${code}` : `was killed by ${killedBy}`;
      settle(new MeasurementError('command_failed', `${what} ${how}: ${printable(complaint())}`));
    });
    if (signal.aborted) onAbort();
  });
}

/** Collects up to `maxBytes`; beyond them `overflow` is called and the rest dropped. */
function collect(
  child: ChildProcess,
  from: 'stdout' | 'stderr',
  maxBytes: number,
  overflow: () => void,
): () => string {
  const chunks: Buffer[] = [];
  let lengthBytes = 0;
  child[from]?.on('data', (chunk: Buffer) => {
    if (lengthBytes + chunk.length > maxBytes) overflow();
    const kept = chunk.subarray(0, Math.max(0, maxBytes - lengthBytes));
    lengthBytes += kept.length;
    chunks.push(kept);
  });
  return () => Buffer.concat(chunks).toString('utf8');
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // the group is gone already
  }
}

/** What a stranger's program wrote, fit for a log line. */
function printable(text: string): string {
  const line = text.replaceAll(/[^\x20-\x7e]+/g, ' ').trim();
  return line === '' ? 'it said nothing' : line.slice(0, 300);
}
