// Asks `ip` several questions with one process. To start a process costs more than most of its answers.

import type { JsonObject } from './ip-json.ts';
import { parseJsonLists } from './ip-json.ts';
import { type RunCommand, runOrThrow } from './run-command.ts';

/**
 * @param options for all questions, such as `-4`. Without a family, `address show` answers for both, and
 *   `route show table main` for IPv4 alone.
 * @param questions commands of `ip`, such as `address show`
 * @returns the entries of all answers, in order. An entry tells what it is: a route has `dst`, an interface
 *   with its addresses has `ifname`.
 * @throws TunnelError see `RunCommand`; also if one of the questions fails
 */
export async function askIp(
  run: RunCommand,
  options: readonly string[],
  questions: readonly string[],
): Promise<JsonObject[]> {
  return parseJsonLists(await answerOfIp(run, options, questions));
}

/** The text of the same answers, for `parseJsonLists`. @throws TunnelError as `askIp` */
export async function answerOfIp(
  run: RunCommand,
  options: readonly string[],
  questions: readonly string[],
): Promise<Uint8Array> {
  const stdin = questions.map((question) => `${question}\n`).join('');
  return await runOrThrow(run, 'ip', ['-json', ...options, '-batch', '-'], { stdin });
}
