// GET /v1/log?from=N&limit=N, on the administration socket: a page of the log and its head.

import type { LogPage } from '@mesh/protocol';
import type { Handler } from 'hono';
import type { LogHead } from '../../store/log-writer.ts';
import type { LogRow } from '../../store/read-log.ts';
import { wholeNumber } from '../receive/whole-number.ts';
import { toWireRow } from '../respond/node-summary.ts';

const DEFAULT_PAGE = 100;
const MAX_PAGE = 1000;

export interface LogPorts {
  readonly journal: { head(): LogHead };
  readonly readLog: (query: { from: number; limit: number }) => readonly LogRow[];
}

export function logRoute({ journal, readLog }: LogPorts): Handler {
  return (context) => {
    const from = wholeNumber(context, 'from', 0, Number.MAX_SAFE_INTEGER);
    const limit = wholeNumber(context, 'limit', DEFAULT_PAGE, MAX_PAGE);
    const head = journal.head();
    const page: LogPage = {
      size: head.size,
      root_hash: head.rootHash,
      entries: readLog({ from, limit }).map(toWireRow),
    };
    return context.json(page);
  };
}
