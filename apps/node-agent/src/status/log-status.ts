// What the status says of the controller's log.

import type { LogWatch } from '../log/log-watch.ts';
import type { LogStatus } from './agent-status.ts';

/** Null while the log is not known. */
export function logStatus({ origin, held, refusal }: Pick<LogWatch, 'origin' | 'held' | 'refusal'>) {
  if (origin === undefined) return null;
  const status: LogStatus = {
    origin,
    accepted: held === undefined ? null : { size: held.size, root_hash: held.rootHash },
    refusal:
      refusal === undefined
        ? null
        : {
            since: new Date(refusal.sinceMs).toISOString(),
            code: refusal.code,
            message: refusal.message,
            shown: { size: refusal.shown.size, root_hash: refusal.shown.rootHash },
            evidence: refusal.evidence ?? null,
          },
  };
  return status;
}
