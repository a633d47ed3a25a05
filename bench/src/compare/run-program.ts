// Runs a program to its end, out of sight: what it prints is data, or the reason why it failed.

import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { CompareError } from './compare-error.ts';

const REASON_LINES = 20;

export interface Ended {
  /** The exit code, or the name of the signal that ended it. */
  readonly ended: number | NodeJS.Signals;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ProgramOptions {
  readonly cwd: string;
  /** What is added to this process's environment. */
  readonly env?: NodeJS.ProcessEnv;
  /** What to do if the program is not there. */
  readonly remedy: string;
}

/** @throws CompareError `no-program` if it cannot be started */
export function runProgram(
  command: string,
  args: readonly string[],
  { cwd, env, remedy }: ProgramOptions,
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      // The leader of a group, so that what it has started can be ended with it: a benchmark's controller
      // too.
      detached: true,
    });
    const kill = () => endGroup(child.pid);
    process.once('exit', kill);
    const read = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        read[name] += text;
      });
    }
    child.once('error', (error) => {
      process.off('exit', kill);
      reject(new CompareError('no-program', `${command} cannot be started (${error.message}): ${remedy}`));
    });
    child.once('close', (code, signal) => {
      process.off('exit', kill);
      resolve({ ended: signal ?? code ?? 1, ...read });
    });
  });
}

function endGroup(leader: number | undefined): void {
  if (leader === undefined) return;
  try {
    process.kill(-leader, 'SIGTERM');
  } catch {
    // It has just ended by itself.
  }
}

/**
 * The program that runs is ended at the `exit` event of this process. A signal alone raises no such event.
 */
export function endProgramOnSignals(): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => process.exit(128 + constants.signals[signal]));
}

/** How a program ended and the last lines that it printed, for an error message. */
export function reasonOf({ ended, stdout, stderr }: Ended): string {
  const how = typeof ended === 'number' ? `exit code ${ended}` : ended;
  const said = (stderr.trim() === '' ? stdout : stderr).trim();
  return `${how}\n${said.split('\n').slice(-REASON_LINES).join('\n')}`;
}
