// The public listener: what anybody may ask, counted by source address. TLS names the controller, not the caller.

import type { HttpBindings } from '@hono/node-server';
import { ProblemError, problem, routes } from '@mesh/protocol';
import { Hono } from 'hono';
import type { Services } from '../services.ts';
import { accessLog } from './access-log.ts';
import { answerProblem, onError, onNotFound } from './answer-problem.ts';
import { challengeRoute, enrolRoute } from './routes/enrolment-routes.ts';

export function createPublicApp(services: Services): Hono<{ Bindings: HttpBindings }> {
  const app = new Hono<{ Bindings: HttpBindings }>();
  app.use(accessLog(services.logger, () => services.clock.monotonicMs()));
  app.use(async (context, next) => {
    const waitSeconds = await services.addressRateLimit.waitSeconds(
      context.env.incoming.socket.remoteAddress ?? 'unknown',
    );
    if (waitSeconds > 0) return tooMany(waitSeconds);
    return next();
  });
  app.get(routes.health, (context) => {
    if (services.journal.failing)
      throw new ProblemError(problem('storage_unavailable', 'the database cannot be written'), 1);
    if (!services.publication.ready)
      throw new ProblemError(problem('not_ready', 'the first epoch is being opened'), 1);
    return context.json({ status: 'ok', epoch_id: services.publication.version().epochId });
  });
  app.get(routes.ca, (context) =>
    context.body(services.keys.authority.certificatePem, 200, {
      'content-type': 'application/pem-certificate-chain',
    }),
  );
  app.post(routes.enrolmentChallenge, challengeRoute(services));
  app.post(routes.enrol, enrolRoute(services));
  app.notFound(onNotFound([routes.health, routes.ca, routes.enrolmentChallenge, routes.enrol]));
  app.onError(onError(services.logger));
  return app;
}

/** Who goes on all the same has to connect again for each request. */
function tooMany(waitSeconds: number): Response {
  const refusal = answerProblem(problem('rate_limited', 'too many requests from this address'), waitSeconds);
  refusal.headers.set('connection', 'close');
  return refusal;
}
