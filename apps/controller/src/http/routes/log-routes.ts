// GET /v1/log/entries and GET /v1/log/key, of the administration: entries with what they only commit to, and
// the name and the keys of the log.

import { parseNodeId, parseRfc3339 } from '@mesh/primitives';
import { type LogKeyView, type LogPage, ProblemError, problem, STREAM_MEDIA_TYPE } from '@mesh/protocol';
import type { Context, Handler } from 'hono';
import type { ControllerConfig } from '../../settings/config.ts';
import type { LogHead } from '../../store/log-writer.ts';
import type { LogSearchQuery } from '../../store/search-log.ts';
import { wholeNumber } from '../receive/whole-number.ts';
import { type FollowPorts, followLog } from '../respond/follow-log.ts';
import { type LogIdentityPorts, logIdentityOf } from '../respond/log-identity.ts';
import { toWireRow } from '../respond/node-summary.ts';

const DEFAULT_PAGE = 100;
const MAX_PAGE = 1000;
const TYPE = /^[a-z0-9._-]{1,64}$/;

export interface LogPorts extends FollowPorts {
  readonly journal: { head(): LogHead };
  readonly logKeys: LogIdentityPorts;
  readonly config: Pick<ControllerConfig, 'log'>;
}

export function logKeyRoute({ logKeys, config }: LogPorts): Handler {
  const { witnesses, required_cosignatures } = config.log;
  return (context) => {
    const answer: LogKeyView = {
      ...logIdentityOf(logKeys),
      witnesses: [...witnesses],
      required_cosignatures,
    };
    return context.json(answer);
  };
}

export function logEntriesRoute(ports: LogPorts): Handler {
  const { journal, searchLog, logBell } = ports;
  return (context) => {
    const query = queryOf(context);
    if (context.req.query('follow') === '1') {
      if (logBell.isFull)
        throw new ProblemError(problem('rate_limited', 'too many follow the log already'), 5);
      return context.body(followLog(ports, query), 200, { 'content-type': STREAM_MEDIA_TYPE });
    }
    const { rows, next } = searchLog(query);
    const head = journal.head();
    const page: LogPage = {
      size: head.size,
      root_hash: head.rootHash,
      entries: rows.map(toWireRow),
      next,
    };
    return context.json(page);
  };
}

function queryOf(context: Context): LogSearchQuery {
  const [node, type, since] = ['node', 'type', 'since'].map((name) => context.req.query(name));
  if (type !== undefined && !TYPE.test(type))
    throw invalid('type must be the type of an entry, such as node_denied');
  return {
    from: wholeNumber(context, 'from', 0, Number.MAX_SAFE_INTEGER),
    limit: wholeNumber(context, 'limit', DEFAULT_PAGE, MAX_PAGE),
    nodeId: node === undefined ? undefined : parsed('node must be a node id', () => parseNodeId(node)),
    type,
    sinceMs:
      since === undefined
        ? undefined
        : parsed('since must be an instant, such as 2030-01-01T12:00:00Z', () => parseRfc3339(since)),
  };
}

function parsed<T>(what: string, parse: () => T): T {
  try {
    return parse();
  } catch {
    throw invalid(what);
  }
}

const invalid = (why: string) => new ProblemError(problem('invalid_parameter', why));
