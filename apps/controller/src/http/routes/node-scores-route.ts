// GET /v1/nodes/{node_id}/scores: a node's newest results, each with what the policy in force knows of it.

import { type CommandContext, evidenceOf, type MeshView } from '@mesh/membership';
import { formatRfc3339, type NodeId } from '@mesh/primitives';
import type { NodeScores } from '@mesh/protocol';
import { judgedScores } from '@mesh/scoring';
import type { Handler } from 'hono';
import * as z from 'zod';
import type { LogRow } from '../../store/read-log.ts';
import { existingNode } from '../receive/existing-node.ts';

/** How many of the node's entries are looked at. */
const ENTRIES = 1_000;

export interface NodeScoresPorts {
  readonly view: MeshView;
  readonly journal: { context(): CommandContext };
  readonly readLog: (query: { limit: number; nodeId: NodeId }) => readonly LogRow[];
}

/** What an entry of an accepted result commits to, as far as it is needed here. */
const result = z.object({
  scores: z.record(z.string(), z.number()),
  samples: z.record(z.string(), z.number()).nullish(),
});

export function nodeScoresRoute({ view, journal, readLog }: NodeScoresPorts): Handler {
  return (context) => {
    const node = existingNode(view, context.req.param('node_id'));
    const { policy } = journal.context();
    const evidence = evidenceOf(node);
    const judged = readLog({ limit: ENTRIES, nodeId: node.nodeId }).flatMap(({ index, entry, details }) => {
      const { success, data } = result.safeParse(details);
      if (entry.type !== 'benchmark_accepted' || !success) return [];
      const atMs = Date.parse(String(entry.at));
      const latest = {
        scores: data.scores,
        samples: data.samples ?? undefined,
        measuredAtMs: atMs,
        arrivedAtMs: atMs,
      };
      return [{ index, at: formatRfc3339(atMs), scores: judgedScores(policy, { ...evidence, latest }) }];
    });
    judged.sort((one, other) => one.index - other.index);
    const answer: NodeScores = {
      node_id: node.nodeId,
      policy_version: view.policies().active?.version ?? 0,
      metrics: (judged.at(-1)?.scores ?? []).map(({ metric, limit }) => ({ metric, limit })),
      points: judged.map(({ index, at, scores }) => ({
        index,
        at,
        scores: scores.map(({ score, interval }) => [
          score ?? null,
          interval?.lower ?? null,
          interval?.upper ?? null,
        ]),
      })),
    };
    return context.json(answer);
  };
}
