// GET /v1/log/checkpoint and GET /v1/log/tile/…, for anybody and for nodes: the published log as C2SP
// tlog-tiles has it, with /v1/log as its prefix.

import { parseTilePath } from '@mesh/audit';
import { ProblemError, problem, routes } from '@mesh/protocol';
import type { Env, Handler } from 'hono';
import type { PublishedLog } from '../../publish/published-log.ts';

export interface PublishedLogPorts {
  readonly publishedLog: Pick<PublishedLog, 'checkpoint' | 'tile' | 'tree'>;
}

/** Heads are a second apart at least. */
const FOR_A_SECOND = { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'public, max-age=1' };
/** What a path of a tile names never changes. */
const FOR_EVER = {
  'content-type': 'application/octet-stream',
  'cache-control': 'public, max-age=31536000, immutable',
};
/** Longer than the path of any tile of a log below 2^53 entries. */
const LONGEST_PATH = 64;
const PREFIX = routes.logTile.slice(0, -'tile/*'.length);

export function checkpointRoute<E extends Env>({ publishedLog }: PublishedLogPorts): Handler<E> {
  return (context) => {
    const checkpoint = publishedLog.checkpoint();
    if (checkpoint === undefined)
      throw new ProblemError(problem('not_found', 'no head of the log is signed yet; ask again in a moment'));
    return context.body(checkpoint, 200, FOR_A_SECOND);
  };
}

export function tileRoute<E extends Env>({ publishedLog }: PublishedLogPorts): Handler<E> {
  return (context) => {
    const path = context.req.path.slice(PREFIX.length);
    const tile = path.length > LONGEST_PATH ? undefined : parseTilePath(path);
    if (tile === undefined)
      throw new ProblemError(problem('not_found', 'this is no path of a tile; see C2SP tlog-tiles'));
    const bytes = publishedLog.tile(tile);
    if (bytes === undefined)
      throw new ProblemError(problem('not_found', 'the newest head of the log does not cover this tile'));
    return context.body(new Uint8Array(bytes), 200, FOR_EVER);
  };
}
