// A command hook: runs a program for each alert, with the alert's JSON on its standard input.

import type { CommandSetting } from '../settings/alerts-setting.ts';
import { renderAlert } from './alert-body.ts';
import type { Receiver } from './receiver.ts';

/**
 * Runs a program without a shell, as the leader of a process group of its own, which is killed when the
 * signal aborts.
 *
 * @returns how it ended. Rejects with the signal's reason, or with an Error for a program that cannot be
 *   started
 */
export type RunProgram = (
  argv: readonly string[],
  input: string,
  signal: AbortSignal,
) => Promise<{ readonly exitCode: number | undefined; readonly killedBy: string | undefined }>;

export function commandReceiver(
  { name, events, run: argv, timeout_seconds: seconds }: CommandSetting,
  { meshId, run }: { readonly meshId: string; readonly run: RunProgram },
): Receiver {
  return {
    name,
    kind: 'command',
    // Arguments may hold what others are not to see.
    target: argv[0] ?? '',
    events,
    timeoutMs: seconds * 1_000,
    deliver: async (alert, dropped, signal) => {
      try {
        const input = `${renderAlert(alert, { meshId, dropped }, 'json')}\n`;
        const { exitCode, killedBy } = await run(argv, input, signal);
        if (exitCode === 0) return { kind: 'delivered', answer: 'exit code 0' };
        return {
          kind: 'failed',
          why: killedBy === undefined ? `exit code ${exitCode}` : `it was killed (${killedBy})`,
        };
      } catch (error) {
        return { kind: 'failed', why: error instanceof Error ? error.message : 'unknown' };
      }
    },
  };
}
