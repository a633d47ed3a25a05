// Runs a program without a shell and with a deadline. Errors hold what the program printed, without any key.
import { spawn } from 'node:child_process';
import { TunnelError, type TunnelErrorCode } from '../port/tunnel-error.ts';

export interface CommandOptions {
  /** Written to the program's standard input, which is then closed. */
  readonly stdin?: string;
  readonly timeoutMs?: number;
}

export interface CommandResult {
  readonly exitCode: number;
  /** Raw bytes, since `wg show … dump` holds keys: the caller wipes them. */
  readonly stdout: Uint8Array;
  /** Its text, in which everything that could be a key is replaced. */
  readonly stderr: string;
}

/**
 * The port through which adapters run programs. Resolves for any exit code. Secrets never go into `args`,
 * which every process on the host can read.
 * @throws TunnelError `unavailable` (the program is missing or cannot start), `permission_denied`, `timeout`
 *   (a signal ended it), `unexpected_answer` (it printed too much)
 */
export type RunCommand = (
  program: string,
  args: readonly string[],
  options?: CommandOptions,
) => Promise<CommandResult>;

const DEFAULT_TIMEOUT_MS = 10_000;
// A dump of 10,000 peers has about 2 MB.
const MAX_OUTPUT_BYTES = 32 * 1024 * 1024;
const MAX_STDERR_CHARACTERS = 500;

/**
 * @param prefix words before every command, such as `['nsenter', '--net=…']` to act in another namespace.
 */
export function createRunCommand(prefix: readonly string[] = []): RunCommand {
  return (program, args, options = {}) => {
    const [file = program, ...rest] = [...prefix, program, ...args];
    return run(program, file, rest, options);
  };
}

/** Runs a program that must succeed. @throws TunnelError see `RunCommand` and {@link failedCommand} */
export async function runOrThrow(
  run: RunCommand,
  program: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<Uint8Array> {
  const result = await run(program, args, options);
  if (result.exitCode !== 0) throw failedCommand(program, args, result);
  return result.stdout;
}

/**
 * The error for a program that failed. Its text has the program, its first three arguments and its stderr.
 */
export function failedCommand(program: string, args: readonly string[], result: CommandResult): TunnelError {
  const what = redactKeys([program, ...args.slice(0, 3)].join(' '));
  return new TunnelError(
    codeOf(result.stderr),
    `${what} ended with ${result.exitCode}: ${redactKeys(result.stderr) || 'no message'}`,
  );
}

/**
 * Replaces every word long enough to be a key in base64 or hex, or a large part of a key. `wg` quotes keys
 * that it refuses.
 */
export function redactKeys(text: string): string {
  return text.replaceAll(/[A-Za-z0-9+/_-]{24,}={0,2}/g, '[redacted]');
}

function run(
  program: string,
  file: string,
  args: readonly string[],
  options: CommandOptions,
): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    const child = spawn(file, args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      // Messages must be in English and numbers in the C format, in any locale. Nothing else is inherited.
      env: { PATH: process.env.PATH ?? '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' },
    });
    // The platform's own `timeout` goes on after a program that could not be started, and keeps this process
    // alive for as long.
    const deadline = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
    const stdout: Buffer[] = [];
    let stdoutBytes = 0;
    let stderr = '';
    let overflowed = false;
    child.stdout.on('data', (chunk: Buffer) => {
      stdoutBytes += chunk.length;
      if (stdoutBytes <= MAX_OUTPUT_BYTES) {
        stdout.push(chunk);
        return;
      }
      overflowed = true;
      child.kill('SIGKILL');
    });
    child.stderr.on('data', (chunk: Buffer) => {
      if (stderr.length < MAX_STDERR_CHARACTERS) stderr += chunk.toString();
    });
    // A program may end without reading its input. The exit code says whether it failed.
    child.stdin.on('error', () => {});
    child.stdin.end(options.stdin ?? '');
    child.on('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(deadline);
      reject(couldNotStart(program, error));
    });
    child.on('close', (exitCode, signal) => {
      clearTimeout(deadline);
      const bytes = Uint8Array.from(Buffer.concat(stdout));
      for (const chunk of stdout) chunk.fill(0);
      if (exitCode !== null) {
        resolve({ exitCode, stdout: bytes, stderr: tidy(stderr) });
        return;
      }
      bytes.fill(0);
      if (overflowed) {
        reject(
          new TunnelError('unexpected_answer', `${program} printed more than ${MAX_OUTPUT_BYTES} bytes`),
        );
        return;
      }
      reject(
        new TunnelError('timeout', `${program} was ended by ${signal ?? 'a signal'} (limit ${timeoutMs} ms)`),
      );
    });
  });
}

function tidy(stderr: string): string {
  return redactKeys(stderr.trim().replaceAll(/\s+/g, ' ')).slice(0, MAX_STDERR_CHARACTERS);
}

function couldNotStart(program: string, error: NodeJS.ErrnoException): TunnelError {
  if (error.code === 'ENOENT') {
    return new TunnelError('unavailable', `${program} is not installed or not on PATH: install it`);
  }
  if (error.code === 'EACCES' || error.code === 'EPERM') {
    return new TunnelError('permission_denied', `${program} may not be executed by this user`);
  }
  return new TunnelError('unavailable', `${program} could not be started (${error.code ?? 'unknown error'})`);
}

function codeOf(stderr: string): TunnelErrorCode {
  // The three answers of `wg`: the interface is missing; the kernel module is missing too; the socket is
  // stale.
  if (/unable to \w+ interface: (no such device|protocol not supported|connection refused)/i.test(stderr))
    return 'not_up';
  if (/operation not permitted|permission denied/i.test(stderr)) return 'permission_denied';
  if (/unknown device type|not supported|protocol not supported/i.test(stderr)) return 'unavailable';
  if (/no such device|does not exist|cannot find device/i.test(stderr)) return 'not_up';
  return 'apply_failed';
}
