// The witness over HTTP (C2SP tlog-witness): logs submit checkpoints, and anybody reads what was cosigned.

import type { HttpBindings } from '@hono/node-server';
import { type AddressRateLimit, failureKindOf, LogField, type Logger } from '@mesh/host';
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { Cosigner, FollowedLog } from '../cosign/cosigner.ts';
import type { Contradiction } from '../cosign/evidence.ts';
import { originHash } from '../cosign/origin-hash.ts';
import type { Heads } from '../store/heads.ts';
import { answerAddCheckpoint } from './add-checkpoint.ts';
import { sourceOf } from './source-address.ts';

interface WitnessEnv {
  readonly Bindings: HttpBindings;
}

export interface WitnessAppPorts {
  readonly cosigner: Cosigner;
  readonly logs: ReadonlyMap<string, FollowedLog>;
  readonly heads: Pick<Heads, 'latest'>;
  readonly keepEvidence: (contradiction: Contradiction) => string;
  readonly addressRateLimit: AddressRateLimit;
  readonly trustedProxies: ReadonlySet<string>;
  readonly logger: Logger;
}

/** As much as omniwitness reads. A proof of 63 hashes and a checkpoint with four ML-DSA-44 signatures fit. */
const MAX_BODY_BYTES = 16_384;
const RETRY_AFTER_SECONDS = 5;

export function createWitnessApp(ports: WitnessAppPorts): Hono<WitnessEnv> {
  const { logs, heads, addressRateLimit, trustedProxies } = ports;
  const origins = new Map([...logs.keys()].map((origin) => [originHash(origin), origin]));
  const app = new Hono<WitnessEnv>();
  app.use(async (context, next) => {
    const waitSeconds = await addressRateLimit.waitSeconds(sourceOf(context.env.incoming, trustedProxies));
    if (waitSeconds > 0) return tooMany(context, waitSeconds);
    return next();
  });
  const limit = bodyLimit({
    maxSize: MAX_BODY_BYTES,
    onError: (context) => context.text(`a request has at most ${MAX_BODY_BYTES} bytes\n`, 413),
  });
  app.post('/add-checkpoint', limit, async (context) =>
    answerAddCheckpoint(new Uint8Array(await context.req.arrayBuffer()), ports),
  );
  app.get('/:origin{[0-9a-f]{64}}/checkpoint', (context) => {
    const origin = origins.get(context.req.param('origin'));
    const head = origin === undefined ? undefined : heads.latest(origin);
    if (head === undefined) return context.text('no checkpoint of this log has been cosigned\n', 404);
    context.header('Cache-Control', 'no-cache');
    return context.text(head.checkpoint);
  });
  app.get('/healthz', (context) => context.json({ status: 'ok' }));
  app.notFound((context) =>
    context.text('there is POST /add-checkpoint, GET /<sha256 of origin>/checkpoint and GET /healthz\n', 404),
  );
  app.onError((error, context) => refuse(error, context, ports.logger));
  return app;
}

function tooMany(context: Context, waitSeconds: number): Response {
  context.header('Retry-After', String(waitSeconds));
  return context.text('too many requests from this address\n', 429);
}

/** Nothing was cosigned: what was signed for this request is dropped with it. */
function refuse(error: unknown, context: Context, logger: Logger): Response {
  if (failureKindOf(error) === 'storage') {
    logger.error({ [LogField.error]: error }, 'nothing can be stored, so nothing is cosigned');
    context.header('Retry-After', String(RETRY_AFTER_SECONDS));
    return context.text('the witness cannot store anything now: send the request again\n', 503);
  }
  logger.error({ [LogField.error]: error }, 'a request failed');
  return context.text('the request failed\n', 500);
}
