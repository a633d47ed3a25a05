// A node: where it stands and why, its scores over time, its alarm, the rules it is held to, its entries in
// the log, and what may be done.

import type { NodeDetail, NodeExplanation, NodeScores } from '@mesh/protocol';
import { useEffect, useState } from 'preact/hooks';
import { STANDING_WORDS, standingOf } from '../live/counts.ts';
import { model, onChange, revision } from '../live/follow.ts';
import { OVERVIEW } from '../page/route.ts';
import { dateTime } from '../page/words.ts';
import { AskError, askJson } from '../session/ask.ts';
import { NodeActions } from './node-actions.tsx';
import { NodeEntries } from './node-entries.tsx';
import { NodeFacts } from './node-facts.tsx';
import { NodeRules } from './node-rules.tsx';
import { NodeScoresView } from './node-scores.tsx';

/** How long after a change the page asks again at the earliest. */
const AGAIN_AFTER_MS = 3_000;

interface Loaded {
  readonly detail: NodeDetail;
  readonly why: NodeExplanation;
  readonly scores: NodeScores;
}

export function NodePage({ id }: { readonly id: string }) {
  const { loaded, fault, reload } = useNode(id);
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

/** Loads a node, and loads it again when the live stream says that it has changed. */
function useNode(id: string) {
  const [loaded, setLoaded] = useState<Loaded>();
  const [fault, setFault] = useState('');
  const [asked, setAsked] = useState(0);
  const reload = () => setAsked((count) => count + 1);
  useEffect(() => {
    const end = new AbortController();
    load(id, end.signal).then(
      (next) => {
        setLoaded(next);
        setFault('');
      },
      (error: unknown) => {
        if (!end.signal.aborted) setFault(error instanceof AskError ? error.message : String(error));
      },
    );
    return () => end.abort();
  }, [id, asked]);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const forget = onChange((changed) => {
      const n = model.byId(id)?.n;
      if (timer !== undefined || n === undefined || (changed !== 'all' && !changed.has(n))) return;
      timer = setTimeout(() => {
        timer = undefined;
        reload();
      }, AGAIN_AFTER_MS);
    });
    return () => {
      forget();
      clearTimeout(timer);
    };
  }, [id]);
  return { loaded, fault, reload };
}

async function load(id: string, signal: AbortSignal): Promise<Loaded> {
  const path = `/v1/admin/nodes/${encodeURIComponent(id)}`;
  const [detail, why, scores] = await Promise.all([
    askJson<NodeDetail>(path, { signal }),
    askJson<NodeExplanation>(`${path}/explanation`, { signal }),
    askJson<NodeScores>(`${path}/scores`, { signal }),
  ]);
  return { detail, why, scores };
}
