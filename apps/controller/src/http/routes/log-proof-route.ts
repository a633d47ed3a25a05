// GET /v1/log/proof, for anybody and for nodes: that the published log has an entry (C2SP tlog-proof).

import { proveInclusion, renderTlogProof } from '@mesh/audit';
import { platformSha256 } from '@mesh/host';
import { ProblemError, problem } from '@mesh/protocol';
import type { Env, Handler } from 'hono';
import { wholeNumber } from '../receive/whole-number.ts';
import type { PublishedLogPorts } from './log-tile-routes.ts';

const TEXT = { 'content-type': 'text/plain; charset=utf-8' };

export function logProofRoute<E extends Env>({ publishedLog }: PublishedLogPorts): Handler<E> {
  return (context) => {
    const index = wholeNumber(context, 'index', Number.NaN, Number.MAX_SAFE_INTEGER);
    const tree = publishedLog.tree();
    if (Number.isNaN(index))
      throw new ProblemError(problem('invalid_parameter', 'index must name an entry of the log'));
    if (tree === undefined || index >= tree.size)
      throw new ProblemError(
        problem(
          'not_found',
          'the newest head of the log does not cover this entry; ask again after an epoch',
        ),
      );
    const { size, checkpoint, read } = tree;
    const path = proveInclusion(index, size, read, platformSha256);
    return context.body(renderTlogProof({ index, path, checkpoint }), 200, TEXT);
  };
}
