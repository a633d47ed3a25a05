// The proof of concept's five requests, with its messages and answers. Clients poll once a second.

import type { Clock, Logger } from '@mesh/host';
import { formatRfc3339, parseRfc3339 } from '@mesh/primitives';
import { ProblemError, problem, routes } from '@mesh/protocol';
import { type Context, Hono } from 'hono';
import * as z from 'zod';
import { TokenBucket } from '../http/gate/token-bucket.ts';
import { readMessage } from '../http/receive/read-message.ts';
import { onError } from '../http/respond/answer-problem.ts';
import type { PocMesh } from './poc-mesh.ts';

/** For all clients together: five times what they send. */
const PER_NODE_AND_MINUTE = 300;

const benchmark = z.object({
  node_id: z.string(),
  timestamp: z.string().max(64),
  suite_version: z.string().max(256),
  scores: z.record(z.string().max(64), z.number()),
  notes: z.string().max(4096).nullish(),
});

export interface PocPorts {
  readonly mesh: PocMesh;
  readonly clock: Clock;
  readonly logger: Logger;
}

export function createPocApp({ mesh, clock, logger }: PocPorts): Hono {
  const app = new Hono();
  const now = (): number => Math.floor(clock.nowMs());
  const bucket = new TokenBucket(PER_NODE_AND_MINUTE * mesh.nodeIds.length, clock.monotonicMs());
  app.use(async (_context, next) => {
    const nowMs = clock.monotonicMs();
    if (bucket.tryTake(nowMs) === 'empty')
      throw new ProblemError(
        problem('rate_limited', 'too many requests; poll once a second'),
        bucket.secondsToNext(nowMs),
      );
    await next();
  });
  const nodeOf = (context: Context) => {
    const nodeId = context.req.param('node_id') ?? '';
    if (!mesh.has(nodeId))
      throw new ProblemError(problem('not_found', 'this is not one of the nodes in the setting poc.nodes'));
    return nodeId;
  };

  app.post(routes.submitBenchmark, async (context) => {
    const nodeId = nodeOf(context);
    const { message } = await readMessage(context, benchmark);
    if (message.node_id !== nodeId)
      throw new ProblemError(problem('node_mismatch', 'node_id and the path name different nodes'));
    const nowMs = now();
    const { scores } = message;
    const measured = { scores, measuredAtMs: readTimestamp(message.timestamp), arrivedAtMs: nowMs };
    const epoch_id = mesh.submit(nodeId, measured, nowMs);
    return context.json({ status: 'received', node_id: nodeId, epoch_id });
  });

  app.get(routes.config, (context) => {
    const nodeId = nodeOf(context);
    const nowMs = now();
    const { epochId } = mesh.epoch(nowMs);
    const { membership, reason } = mesh.standing(nodeId, nowMs);
    return context.json({
      node_id: nodeId,
      epoch_id: epochId,
      allowed: membership === 'ALLOWED',
      psk_base64: mesh.psk(nodeId, nowMs) ?? null,
      reason,
    });
  });

  app.get(routes.epoch, (context) => {
    const nowMs = now();
    const { epochId, expiresAtMs, commitment } = mesh.epoch(nowMs);
    return context.json({
      epoch_id: epochId,
      expiry_utc: formatRfc3339(expiresAtMs),
      secret_hash: commitment,
      nodes: Object.fromEntries(mesh.nodeIds.map((nodeId) => [nodeId, mesh.standing(nodeId, nowMs)])),
    });
  });

  app.post(routes.rotate, (context) => {
    mesh.rotate(now());
    return context.json({ status: 'rotate triggered' });
  });

  app.get(routes.health, (context) => context.json({ status: 'ok', epoch_id: mesh.epoch(now()).epochId }));

  app.notFound(() => {
    throw new ProblemError(problem('not_found', 'the proof of concept has no such request'));
  });
  app.onError(onError(logger));
  return app;
}

function readTimestamp(text: string): number {
  try {
    return parseRfc3339(text);
  } catch {
    throw new ProblemError(problem('invalid_message', 'timestamp: must be RFC 3339, with Z or an offset'));
  }
}
