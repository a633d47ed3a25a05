// meshctl audit tail --follow: shows entries as they come, also beyond a restart of the controller.

import type { LogEntryView, LogQuery } from '@mesh/protocol';
import { ProblemError } from '@mesh/protocol';
import { CliError } from '../errors/cli-error.ts';
import { isPassing } from '../session/passing-failure.ts';
import type { Session } from '../session/session.ts';

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 15_000;

/**
 * Shows every entry that fits, once and in order, from an index on. While the controller does not answer, it
 * asks again, less and less often.
 *
 * @returns never
 * @throws CliError `refused` if the log has become shorter than what was seen of it; the error of a request
 *   that fails for another reason than that the controller is not there
 */
export async function followLog(
  query: LogQuery & { readonly from: number },
  { client, ports }: Pick<Session, 'client' | 'ports'>,
  show: (entry: LogEntryView) => void,
): Promise<never> {
  let next = query.from;
  let waitMs = FIRST_WAIT_MS;
  let isAway = false;
  for (;;) {
    try {
      if (isAway) {
        const { size } = await client.log({ from: 0, limit: 1 });
        if (size < next) throw shorter(size, next);
        isAway = false;
        ports.writeError(`meshctl: the controller answers again; going on at entry ${next}\n`);
      }
      next = await client.followLog({ ...query, from: next }, (entry) => {
        show(entry);
        next = entry.index + 1;
      });
      waitMs = FIRST_WAIT_MS;
    } catch (error) {
      if (!isPassing(error)) throw error;
      if (!isAway)
        ports.writeError(
          `meshctl: the controller does not answer; asking again until it does, from entry ${next} on\n`,
        );
      isAway = true;
      const asked = error instanceof ProblemError ? (error.retryAfterSeconds ?? 0) * 1_000 : 0;
      await ports.wait(Math.max(waitMs, asked));
      waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS);
    }
  }
}

const shorter = (size: number, seen: number): CliError =>
  new CliError(
    'refused',
    `the log has ${size} entries, and ${seen} were there before: it is another database, or one that was restored from a backup; compare heads with meshctl audit verify, and start again to see what it has`,
  );
