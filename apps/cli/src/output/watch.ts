// --watch: shows an answer again and again. On a terminal it takes the place of the one before; elsewhere one
// follows the other. While the controller does not answer, a line says so, and no old figures are shown.

import { ProblemError, printable } from '@mesh/protocol';
import type { Command } from 'commander';
import { duration } from '../options/options.ts';
import { renderDocumentLine, type Session } from '../session/session.ts';

export interface WatchFlags {
  readonly watch?: boolean;
  /** Seconds. */
  readonly every?: number;
}

const DEFAULT_SECONDS = 2;
const HOME = '\u001b[H';
const CLEAR_LINE = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';

export function withWatch(command: Command): Command {
  return command
    .option('--watch', 'show it again and again until interrupted; with --json one document a line')
    .option(...EVERY_OPTION);
}

/** For commands that go on by themselves, too. */
export const EVERY_OPTION = [
  '--every <time>',
  `how often: 2s, 1m (default: ${DEFAULT_SECONDS}s)`,
  duration,
] as const;

/** Shows the answer once, or with `watch` until it is interrupted or the controller refuses. */
export async function showing<T extends object>(
  { watch, every = DEFAULT_SECONDS }: WatchFlags,
  session: Session,
  ask: () => Promise<T>,
  human: (answer: T) => string,
): Promise<void> {
  const first = await ask();
  if (watch !== true) return session.result(first, human);
  let isAway = false;
  show(session, first, human);
  for (;;) {
    await session.ports.wait(Math.max(1, every) * 1_000);
    try {
      show(session, await ask(), human);
      isAway = false;
    } catch (error) {
      if (!passes(error, session)) throw error;
      showAway(session, error, isAway);
      isAway = true;
    }
  }
}

function show<T extends object>({ json, ports }: Session, answer: T, human: (answer: T) => string): void {
  if (json) ports.writeOut(renderDocumentLine(answer));
  else ports.writeOut(onScreen(human(answer), ports.screen()) ?? `${human(answer)}\n`);
}

function showAway({ ports, json, explain }: Session, error: unknown, wasAway: boolean): void {
  const line = `meshctl: ${printable(explain(error).message)}; asking again until it answers\n`;
  const screen = json ? undefined : onScreen(line, ports.screen());
  if (screen !== undefined) ports.writeOut(screen);
  else if (!wasAway) ports.writeError(line);
}

/** A refusal passes if it says when to try again. */
function passes(error: unknown, { explain }: Session): boolean {
  if (error instanceof ProblemError) return error.retryAfterSeconds !== undefined;
  return explain(error).code === 'unreachable';
}

/** The text over whatever is on the screen, cut at its last row; undefined if there is none. */
function onScreen(text: string, screen: { readonly rows: number } | undefined): string | undefined {
  if (screen === undefined) return undefined;
  const lines = text
    .trimEnd()
    .split('\n')
    .slice(0, Math.max(1, screen.rows - 1));
  return `${HOME}${lines.map((line) => `${line}${CLEAR_LINE}\n`).join('')}${CLEAR_BELOW}`;
}
