// POST /v1/policy/backtest, of the administration: replays what the log has of the last time under another
// policy. It reads the log in small pages and lets other work go on between them.

import { setImmediate as nextTurn } from 'node:timers/promises';
import { type BacktestSource, renderBacktest, runBacktest } from '@mesh/evidence';
import type { CommandContext, MeshView } from '@mesh/membership';
import { backtestRequest, type PolicyBacktest, ProblemError, problem } from '@mesh/protocol';
import type { Handler } from 'hono';
import type { ControllerConfig } from '../../settings/config.ts';
import { readPolicyText } from '../../settings/read-policy-text.ts';
import type { FoundEntries, LogSearchQuery } from '../../store/search-log.ts';
import type { ReplayTurn } from '../gate/replay-turn.ts';
import { readMessage } from '../receive/read-message.ts';
import { toWireRow } from '../respond/node-summary.ts';

/** A page of them is replayed twice within some milliseconds. */
const PAGE = 200;
/** Some seconds of work, in pieces. For longer logs use `meshctl policy backtest`. */
const MOST_ENTRIES = 500_000;

export interface BacktestPorts {
  readonly config: ControllerConfig;
  readonly view: MeshView;
  readonly journal: { context(): CommandContext; head(): { readonly size: number } };
  readonly searchLog: (query: LogSearchQuery) => FoundEntries;
  readonly replayTurn: ReplayTurn;
}

export function backtestRoute(ports: BacktestPorts): Handler {
  const { config, view, journal, replayTurn } = ports;
  return async (context) => {
    const { message } = await readMessage(context, backtestRequest);
    const tried = readPolicyText(message.text, config);
    const { active } = view.policies();
    if (active === undefined)
      throw new ProblemError(
        problem('state_conflict', 'no policy is in force yet: try again when the first epoch is open'),
      );
    const { signal: gone } = context.req.raw;
    const untilMs = journal.context().nowMs;
    const sinceMs = untilMs - message.since_seconds * 1_000;
    const asked = { inForce: active.policy, tried, sinceMs, untilMs };
    try {
      const found = await replayTurn.runIfFree(() => runBacktest(sourceOf(ports, gone), asked));
      if (found === undefined)
        throw new ProblemError(problem('rate_limited', 'the controller replays for somebody already'), 5);
      const answer: PolicyBacktest = renderBacktest(found);
      return context.json(answer);
    } catch (error) {
      // Nobody reads this answer.
      if (gone.aborted) return context.body(null, 400);
      throw error;
    }
  };
}

/** @param gone ends the replay when nobody waits for it any more */
function sourceOf({ journal, searchLog, view }: BacktestPorts, gone: AbortSignal): BacktestSource {
  let read = 0;
  return {
    log: async ({ from, limit, type }) => {
      await nextTurn();
      gone.throwIfAborted();
      const { rows, next } = searchLog({ from, limit: Math.min(limit, PAGE), type });
      read += rows.length;
      if (read > MOST_ENTRIES)
        throw new ProblemError(
          problem(
            'state_conflict',
            `the log has more than ${MOST_ENTRIES} entries of that time: ask for less, or use meshctl policy backtest`,
          ),
        );
      return { size: journal.head().size, entries: rows.map(toWireRow), next };
    },
    nodes: async () => ({
      nodes: [...view.nodes()].map(({ nodeId, status, class: className }) => ({
        node_id: nodeId,
        status,
        class: className,
      })),
    }),
  };
}
