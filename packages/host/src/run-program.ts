// How the process of a program that serves ends.

import type { Logger } from './logger.ts';

export interface RunProgramOptions {
  /** What an error on standard error begins with. */
  readonly name: string;
  readonly exitCodeOf: (error: unknown) => number;
  /** Whether the message of an error was printed already. */
  readonly isPrinted: (error: unknown) => boolean;
}

/** Runs a command. If it rejects, its message goes to standard error, and the process ends. */
export function runProgram(
  run: () => Promise<unknown>,
  { name, exitCodeOf, isPrinted }: RunProgramOptions,
): void {
  // A reader that closes the pipe early (`| head`) is not a failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  run().catch((error: unknown) => {
    if (!isPrinted(error))
      process.stderr.write(`${name}: ${error instanceof Error ? error.message : 'unknown error'}\n`);
    process.exit(exitCodeOf(error));
  });
}

/**
 * At the first SIGTERM or SIGINT closes what was started, and ends the process. A second one of either ends
 * it at once.
 */
export function closeOnSignals(starting: Promise<{ close(): Promise<void> }>, logger: Logger): void {
  const signals = ['SIGTERM', 'SIGINT'] as const;
  const stop = (signal: NodeJS.Signals): void => {
    for (const each of signals) process.off(each, stop);
    logger.info(`stopping (${signal})`);
    // A signal during the start takes effect after the start, so that everything is closed in order.
    starting
      .then((running) => running.close())
      .then(
        () => process.exit(0),
        () => process.exit(1),
      );
  };
  for (const each of signals) process.on(each, stop);
}
