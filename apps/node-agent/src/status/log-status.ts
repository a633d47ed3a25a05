// What the status says of the controller's log.

import type { LogHead } from '../log/log-head.ts';
import type { LogWatch } from '../log/log-watch.ts';
import type { LogHeadStatus, LogStatus } from './agent-status.ts';

export const headStatus = ({ size, rootHash }: LogHead): LogHeadStatus => ({ size, root_hash: rootHash });

/** Null while the log is not known. */
export function logStatus({ origin, held, refusal }: Pick<LogWatch, 'origin' | 'held' | 'refusal'>) {
  if (origin === undefined) return null;
  const status: LogStatus = {
    origin,
    accepted: held === undefined ? null : headStatus(held),
    refusal:
      refusal === undefined
        ? null
        : {
            since: new Date(refusal.sinceMs).toISOString(),
            code: refusal.code,
            message: refusal.message,
            shown: headStatus(refusal.shown),
            evidence: refusal.evidence ?? null,
          },
  };
  return status;
}
