// Answers a config query with the whole config, with the difference, or with "nothing new", which renews the
// lease.

import type { NodeId } from '@mesh/primitives';
import { problem } from '@mesh/protocol';
import type { Leases } from '../../leases/leases.ts';
import type { MaintenanceWatch } from '../../leases/maintenance-watch.ts';
import { parseVersion } from '../../publish/change-feed.ts';
import type { ConfigAnswers } from '../../publish/config-answer.ts';
import { knowsConfigKey } from '../../publish/config-key-lists.ts';
import type { News } from '../../publish/find-news.ts';
import type { MadeNotice, RemovalNotices } from '../../publish/removal-notices.ts';
import type { ControllerKeys } from '../../trust/controller-keys.ts';
import type { Arrival } from '../gate/arrivals.ts';
import type { ConfigQuery } from '../receive/config-query.ts';
import { type AnswerCostPorts, AnswerCosts } from './answer-cost.ts';
import { answerInterrupted } from './answer-interrupted.ts';
import type { HangUp } from './hang-up.ts';
import { newsFor, type WaitPorts, waitForNews } from './wait-for-news.ts';
import { type Answer, json, NOT_MODIFIED, refused } from './write-answer.ts';

export interface AnswerConfigPorts extends WaitPorts, AnswerCostPorts {
  readonly answers: ConfigAnswers;
  readonly notices: RemovalNotices;
  readonly journal: { readonly failing: boolean };
  readonly leases: Leases;
  readonly maintenance: MaintenanceWatch;
  readonly keys: Pick<ControllerKeys, 'config'>;
}

/** A query that was admitted. */
export interface AskedConfig {
  readonly nodeId: NodeId;
  readonly query: ConfigQuery;
  /** What the query was charged to. */
  readonly arrival: Arrival;
  readonly hangUp: HangUp;
}

export function answerConfig(ports: AnswerConfigPorts) {
  const { answers, journal, leases, maintenance } = ports;
  const prices = new AnswerCosts(ports);
  return async ({ nodeId, query, arrival, hangUp }: AskedConfig): Promise<Answer> => {
    const waited = waitForNews(ports, nodeId, query, hangUp);
    const woken = waited === undefined ? undefined : await waited;
    const interrupted = woken === undefined ? undefined : answerInterrupted(woken);
    if (interrupted !== undefined) return interrupted;
    // A node that was deleted meanwhile gets no lease.
    if (ports.view.node(nodeId) === undefined)
      return refused(problem('node_unknown', `node ${nodeId} is not enrolled here any more`));
    // Nothing is awaited between finding the news and building the answer, so no removal is missed.
    const news = newsFor(ports, nodeId, query);
    const settle = prices.charge({
      nodeId,
      arrival,
      news,
      isBlocking: query.waitMs > 0,
      woken,
      hasHungUp: hangUp.isGone,
    });
    if (news.kind === 'everything') {
      settle(true);
      return json(await answers.full(nodeId, query));
    }
    if (news.kind === 'difference') {
      const notice = noticeFor(ports, nodeId, query, news);
      if (notice !== undefined) {
        settle(true);
        leases.give(nodeId, notice.grant);
        await notice.noteTold(nodeId);
        return { status: 200, text: notice.text, notice };
      }
      const { text, keepsVersion } = await answers.delta(nodeId, news, query);
      settle(!keepsVersion);
      return json(text);
    }
    // "Nothing new" renews a lease, and no lease is renewed while the disk fails.
    if (journal.failing)
      return refused(
        problem('storage_unavailable', 'no lease is renewed while the database cannot be written'),
        1,
      );
    // During planned work a 304 would renew the lease for too long, because less of the window is left by
    // now.
    const base = parseVersion(query.version ?? '');
    if (maintenance.isOpen && base !== undefined) {
      const none = {
        kind: 'difference',
        base,
        ...{ changed: [], limited: [], isNewEpoch: false, areExamsChanged: false, tunnels: [] },
      } as const;
      return json((await answers.delta(nodeId, none, query)).text);
    }
    leases.renew(nodeId);
    return NOT_MODIFIED;
  };
}

/**
 * The notice for a node that takes notices. While leases differ (the disk fails, or planned work is under
 * way), every node is told its own. So is one that does not know the key that signs: a notice has no list of
 * keys.
 */
function noticeFor(
  { view, notices, journal, maintenance, keys }: AnswerConfigPorts,
  nodeId: NodeId,
  { takesNotices, configKeyListMs }: ConfigQuery,
  news: Extract<News, { kind: 'difference' }>,
): MadeNotice | undefined {
  const node = view.node(nodeId);
  if (!takesNotices || node === undefined || journal.failing || maintenance.isOpen) return undefined;
  if (!knowsConfigKey(view, keys.config.publicKey, configKeyListMs)) return undefined;
  return notices.noticeFor(node, news);
}
