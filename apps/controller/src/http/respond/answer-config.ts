// Answers a config query with the whole config, with the difference, or with "nothing new", which renews the
// lease.

import type { NodeId } from '@mesh/primitives';
import { problem } from '@mesh/protocol';
import type { Context } from 'hono';
import type { Leases } from '../../leases/leases.ts';
import type { MaintenanceWatch } from '../../leases/maintenance-watch.ts';
import { parseVersion } from '../../publish/change-feed.ts';
import type { ConfigAnswers } from '../../publish/config-answer.ts';
import type { NodesEnv } from '../gate/nodes-env.ts';
import type { ConfigQuery } from '../receive/config-query.ts';
import { type AnswerCostPorts, AnswerCosts } from './answer-cost.ts';
import { answerInterrupted } from './answer-interrupted.ts';
import { answerProblem } from './answer-problem.ts';
import { newsFor, type WaitPorts, waitForNews } from './wait-for-news.ts';

export interface AnswerConfigPorts extends WaitPorts, AnswerCostPorts {
  readonly answers: ConfigAnswers;
  readonly journal: { readonly failing: boolean };
  readonly leases: Leases;
  readonly maintenance: MaintenanceWatch;
}

export function answerConfig(ports: AnswerConfigPorts) {
  const { answers, journal, leases, maintenance } = ports;
  const prices = new AnswerCosts(ports);
  return async (context: Context<NodesEnv>, nodeId: NodeId, query: ConfigQuery): Promise<Response> => {
    const { signal } = context.req.raw;
    const woken = await waitForNews(ports, nodeId, query, signal);
    const interrupted = woken === undefined ? undefined : answerInterrupted(woken);
    if (interrupted !== undefined) return interrupted;
    // Nothing is awaited between finding the news and building the answer, so no removal is missed.
    const news = newsFor(ports, nodeId, query);
    const settle = prices.charge({
      nodeId,
      arrival: context.get('arrival'),
      news,
      isBlocking: query.waitMs > 0,
      woken,
      hasHungUp: signal.aborted,
    });
    if (news.kind === 'everything') {
      settle(true);
      return context.json(await answers.full(nodeId));
    }
    if (news.kind === 'difference') {
      const answer = await answers.delta(nodeId, news);
      // An answer that keeps the version it starts from holds only the removals. The rest is still to come.
      settle(!('base' in answer && answer.version === answer.base));
      return context.json(answer);
    }
    // "Nothing new" renews a lease, and no lease is renewed while the disk fails.
    if (journal.failing)
      return answerProblem(
        problem('storage_unavailable', 'no lease is renewed while the database cannot be written'),
        1,
      );
    // During planned work a 304 would renew the lease for too long, because less of the window is left by
    // now.
    const base = parseVersion(query.version ?? '');
    if (maintenance.isOpen && base !== undefined)
      return context.json(
        await answers.delta(nodeId, {
          kind: 'difference',
          base,
          changed: [],
          limited: [],
          isNewEpoch: false,
        }),
      );
    leases.renew(nodeId);
    return context.body(null, 304);
  };
}
