// Runs the programs that the scripts call: one place for announcing them, for clean standard output, and for
// exit codes and signals. No dependencies; works on Node 20.
import { spawn, spawnSync } from 'node:child_process';
import { constants } from 'node:os';

/** Exit code that a shell reports for a process ended by `signal`. @param {NodeJS.Signals} signal */
export function exitCodeOfSignal(signal) {
  return 128 + (constants.signals[signal] ?? 0);
}

/**
 * Runs a program to its end and returns what it printed. Never throws: a program that does not exist has
 * `code: 127`.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, cwd?: string, timeoutMs?: number }} [options]
 */
export function capture(command, args, { env = process.env, cwd, timeoutMs } = {}) {
  const result = spawnSync(command, args, {
    env,
    cwd,
    timeout: timeoutMs,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 64 * 1024 * 1024,
  });
  const signalCode = result.signal ? exitCodeOfSignal(result.signal) : 1;
  return {
    code: result.error && result.status === null && !result.signal ? 127 : (result.status ?? signalCode),
    stdout: result.stdout ?? '',
    stderr: result.stderr || result.error?.message || '',
  };
}

/**
 * Runs a program in the foreground and resolves with its exit code (128 + n if a signal ended it). It passes
 * on SIGTERM and SIGHUP, and SIGINT too, unless a terminal has sent it to the whole group.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, cwd?: string, stdio?: import('node:child_process').StdioOptions }}
 *   [options]
 * @returns {Promise<{ code: number, signal: NodeJS.Signals | null }>}
 */
export function foreground(command, args, { env = process.env, cwd, stdio = 'inherit' } = {}) {
  return new Promise((resolve) => {
    /** @type {NodeJS.Signals[]} */
    const passedOn = ['SIGTERM', 'SIGHUP', 'SIGINT'];
    /** @param {NodeJS.Signals} signal */
    const passOn = (signal) => {
      if (signal === 'SIGINT' && process.stdin.isTTY) return;
      child.kill(signal);
    };
    // It listens first: a signal between the spawn and the listener would end this process and leave the
    // child running.
    for (const signal of passedOn) process.on(signal, passOn);
    const child = spawn(command, args, { env, cwd, stdio });
    /** @param {number} code @param {NodeJS.Signals | null} signal */
    const end = (code, signal) => {
      for (const name of passedOn) process.off(name, passOn);
      resolve({ code, signal });
    };
    child.once('error', (error) => {
      process.stderr.write(`${command}: ${error.message}\n`);
      end(127, null);
    });
    child.once('exit', (code, signal) => end(signal ? exitCodeOfSignal(signal) : (code ?? 1), signal));
  });
}
