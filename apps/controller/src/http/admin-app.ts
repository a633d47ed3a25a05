// The administration socket: whoever may open the file is the operator.

import { createHash } from 'node:crypto';
import { spkiPin } from '@mesh/host';
import { createToken, quarantineOrRevoke, type StatusChange } from '@mesh/membership';
import { decodeBase64Url, encodeBase64Url, formatRfc3339, parseNodeId } from '@mesh/primitives';
import {
  type CreateTokenAnswer,
  createTokenRequest,
  formatJoinToken,
  type LogPage,
  ProblemError,
  problem,
  type RotateAnswer,
  reasonRequest,
  routes,
} from '@mesh/protocol';
import { type Context, Hono } from 'hono';
import type { Services } from '../services.ts';
import { accessLog } from './access-log.ts';
import { onError, onNotFound } from './answer-problem.ts';
import { nodeDetailOf, nodeSummaryOf, wireRow } from './node-summary.ts';
import { readMessage } from './read-message.ts';
import { epochRoute } from './routes/epoch-route.ts';
import { addMaintenanceRoutes } from './routes/maintenance-routes.ts';
import { resetSequenceRoute } from './routes/reset-sequence-route.ts';

const MAX_PAGE = 1000;

export function createAdminApp(services: Services): Hono {
  const { view, judge, epochs, journal } = services;
  const app = new Hono();
  app.use(accessLog(services.logger, () => services.clock.monotonicMs()));
  app.get(routes.health, (context) =>
    context.json({ status: 'ok', epoch_id: services.publication.version().epochId }),
  );
  app.get(routes.epoch, epochRoute(services));
  app.get(routes.nodes, (context) =>
    context.json({ nodes: [...view.nodes()].map((node) => nodeSummaryOf(services, node)) }),
  );
  app.get(routes.node, (context) =>
    context.json(nodeDetailOf(services, existing(services, context.req.param('node_id')))),
  );
  app.post(routes.createToken, async (context) => context.json(await newToken(services, context)));
  app.post(routes.rotate, async (context) => {
    const epoch = await epochs.rotate();
    const answer: RotateAnswer = {
      status: 'rotate triggered',
      epoch_id: epoch.epochId,
      activate_at: formatRfc3339(epoch.activateAtMs),
    };
    return context.json(answer);
  });
  app.get(routes.log, (context) => {
    const from = wholeNumber(context, 'from', 0, Number.MAX_SAFE_INTEGER);
    const limit = wholeNumber(context, 'limit', 100, MAX_PAGE);
    const head = journal.head();
    const page: LogPage = {
      size: head.size,
      root_hash: head.rootHash,
      entries: services.readLog({ from, limit }).map(wireRow),
    };
    return context.json(page);
  });
  const changeStatus = (change: StatusChange['change']) => async (context: Context) => {
    const { message } = await readMessage(context, reasonRequest);
    const nodeId = context.req.param('node_id') ?? '';
    await judge.run(quarantineOrRevoke({ change, nodeId, why: message.reason, actor: { kind: 'operator' } }));
    return context.json(nodeSummaryOf(services, existing(services, nodeId)));
  };
  app.post(routes.quarantine, changeStatus('quarantine'));
  app.post(routes.release, changeStatus('release'));
  app.post(routes.revoke, changeStatus('revoke'));
  app.post(routes.resetSequence, resetSequenceRoute(services));
  addMaintenanceRoutes(app, services);
  app.notFound(
    onNotFound([
      routes.health,
      routes.epoch,
      routes.nodes,
      routes.node,
      routes.createToken,
      routes.rotate,
      routes.maintenance,
      routes.endMaintenance,
      routes.log,
      routes.quarantine,
      routes.release,
      routes.revoke,
      routes.resetSequence,
    ]),
  );
  app.onError(onError(services.logger));
  return app;
}

function existing({ view }: Services, nodeId: string | undefined) {
  const node = nodeId === undefined ? undefined : view.node(nodeId);
  if (node === undefined)
    throw new ProblemError(
      problem('not_found', `there is no node ${nodeId}; list them with: meshctl nodes list`),
    );
  return node;
}

async function newToken(services: Services, context: Context): Promise<CreateTokenAnswer> {
  const { message } = await readMessage(context, createTokenRequest);
  const { randomBytes, judge, keys, view } = services;
  const secret = randomBytes(32);
  const tokenId = encodeBase64Url(randomBytes(9));
  const nodeId = message.node_id === undefined ? undefined : parseNodeId(message.node_id);
  await judge.run(
    createToken({
      tokenId,
      secretHash: createHash('sha256').update(secret).digest('hex'),
      uses: message.uses,
      class: message.class,
      nodeId,
      ttlMs: message.ttl_seconds * 1000,
    }),
  );
  const created = view.token(tokenId);
  if (created === undefined) throw new Error(`token ${tokenId} has vanished`);
  const pin = decodeBase64Url(spkiPin(keys.authority.certificatePem), { lengthBytes: 32 });
  return {
    token_id: tokenId,
    token: formatJoinToken({ tokenId, secret, caPins: [pin] }),
    uses: message.uses,
    class: message.class,
    node_id: nodeId ?? null,
    expires_at: formatRfc3339(created.expiresAtMs),
  };
}

function wholeNumber(context: Context, name: string, fallback: number, largest: number): number {
  const text = context.req.query(name);
  if (text === undefined) return fallback;
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value <= largest))
    throw new ProblemError(problem('invalid_parameter', `${name} must be a whole number up to ${largest}`));
  return value;
}
