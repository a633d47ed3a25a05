// A node: where it stands and why, its scores over time, its alarm, the rules it is held to, its entries in
// the log, and what may be done.

import type { NodeDetail, NodeExplanation, NodeScores } from '@mesh/protocol';
import { useCallback, useMemo } from 'preact/hooks';
import { STANDING_WORDS, standingOf } from '../live/counts.ts';
import { model, revision } from '../live/follow.ts';
import { OVERVIEW } from '../page/route.ts';
import { type News, useAnswer } from '../page/use-answer.ts';
import { dateTime } from '../page/words.ts';
import { askJson } from '../session/ask.ts';
import { NodeActions } from './node-actions.tsx';
import { NodeEntries } from './node-entries.tsx';
import { NodeFacts } from './node-facts.tsx';
import { NodeRules } from './node-rules.tsx';
import { NodeScoresView } from './node-scores.tsx';

/** How long after a change the page asks again. */
const AGAIN_AFTER_MS = 3_000;

interface Loaded {
  readonly detail: NodeDetail;
  readonly why: NodeExplanation;
  readonly scores: NodeScores;
}

export function NodePage({ id }: { readonly id: string }) {
  const ask = useCallback((signal: AbortSignal) => load(id, signal), [id]);
  const watch = useMemo(() => changesOf(id), [id]);
  const { answer: loaded, fault, reload } = useAnswer(ask, watch);
  void revision.value;
  const live = model.byId(id);
  return (
    <main class="node">
      <p>
        <a href={OVERVIEW}>← all nodes</a>
      </p>
      <h1>{id}</h1>
      <p role="alert" class="fault">
        {fault}
      </p>
      {live !== undefined && (
        <p class="why">
          <span class={`badge ${standingOf(live)}`}>{STANDING_WORDS[standingOf(live)]}</span> {live.reason}
        </p>
      )}
      {loaded !== undefined && (
        <>
          <NodeActions detail={loaded.detail} onDone={reload} />
          <NodeScoresView scores={loaded.scores} judged={loaded.detail.judged ?? []} />
          <NodeRules why={loaded.why} drift={loaded.detail.drift ?? []} />
          <NodeFacts detail={loaded.detail} />
          <NodeEntries entries={loaded.detail.log} />
          <p class="quiet">Enrolled {dateTime(loaded.detail.enrolled_at)}.</p>
        </>
      )}
    </main>
  );
}

/** What the live stream says of the node itself. */
const changesOf = (id: string) => (): News => ({
  isNews: (changed) => {
    const n = model.byId(id)?.n;
    return n !== undefined && (changed === 'all' || changed.has(n));
  },
  afterMs: AGAIN_AFTER_MS,
});

async function load(id: string, signal: AbortSignal): Promise<Loaded> {
  const path = `/v1/admin/nodes/${encodeURIComponent(id)}`;
  const [detail, why, scores] = await Promise.all([
    askJson<NodeDetail>(path, { signal }),
    askJson<NodeExplanation>(`${path}/explanation`, { signal }),
    askJson<NodeScores>(`${path}/scores`, { signal }),
  ]);
  return { detail, why, scores };
}
