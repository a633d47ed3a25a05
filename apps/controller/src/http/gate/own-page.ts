// Requests that only the dashboard's own pages may make, so another site cannot sign its visitors in or out.

import type { IncomingHttpHeaders } from 'node:http';
import { DASHBOARD_HEADER, ProblemError, problem } from '@mesh/protocol';
import { isSameOrigin } from './session-cookie.ts';

/** @throws ProblemError `forbidden` */
export function refuseOtherPages(headers: IncomingHttpHeaders): void {
  if (headers[DASHBOARD_HEADER] === undefined || !isSameOrigin(headers))
    throw new ProblemError(
      problem('forbidden', `only the dashboard's own pages may ask this: they send ${DASHBOARD_HEADER}`),
    );
}
