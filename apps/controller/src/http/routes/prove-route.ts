// GET /v1/nodes/{node_id}/proof, of the administration: a decision on a node in one file.

import { parseEpochId, parseNodeId } from '@mesh/primitives';
import { ProblemError, type ProofAnswer, problem } from '@mesh/protocol';
import type { Context, Handler } from 'hono';
import { type ProofQuery, type ProvePorts, proveDecision } from '../../publish/prove-decision.ts';
import { wholeNumber } from '../receive/whole-number.ts';

export function proveRoute(ports: ProvePorts): Handler {
  return (context) => {
    const file = proveDecision(ports, queryOf(context));
    if (file === undefined)
      throw new ProblemError(
        problem(
          'not_found',
          'the newest published head of the log covers no such decision; where there is one, a head follows within an epoch',
        ),
      );
    const answer: ProofAnswer = { file };
    return context.json(answer);
  };
}

/** A node that was deleted has decisions, too. */
function queryOf(context: Context): ProofQuery {
  const epoch = wholeNumber(context, 'epoch', 0, Number.MAX_SAFE_INTEGER);
  const seen = context.req.query('seen');
  return {
    nodeId: nodeIdOf(context.req.param('node_id')),
    epochId: epoch === 0 ? undefined : parseEpochId(epoch),
    denial: context.req.query('denial') === '1',
    seenSize: seen === undefined ? undefined : wholeNumber(context, 'seen', 0, Number.MAX_SAFE_INTEGER),
  };
}

function nodeIdOf(text: string | undefined): ProofQuery['nodeId'] {
  try {
    return parseNodeId(text);
  } catch {
    throw new ProblemError(problem('not_found', 'there is no such node'));
  }
}
