// The first screen: counts, epoch and log head on top, the matrix, and beside it what happens.

import { useState } from 'preact/hooks';
import { GraphView } from '../graph/graph-view.tsx';
import { model, revision } from '../live/follow.ts';
import { HeadCheck } from '../log/head-check.tsx';
import { MatrixView } from '../matrix/matrix-view.tsx';
import { PairTable } from '../matrix/pair-table.tsx';
import { Counts } from './counts.tsx';
import { EpochClock } from './epoch-clock.tsx';
import { EventList } from './event-list.tsx';
import { HeadLine } from './head-line.tsx';
import { NodeSearch } from './node-search.tsx';

export function Overview() {
  const [view, setView] = useState<'matrix' | 'graph' | 'table'>('matrix');
  const [found, setFound] = useState<string>();
  void revision.value;
  return (
    <main class="overview">
      <h1 class="hidden">Overview</h1>
      <section class="top" aria-label="Figures">
        <Counts />
        <EpochClock />
        <HeadLine />
        <HeadCheck />
      </section>
      <section class="matrix" aria-labelledby="pairs">
        <div class="bar">
          <h2 id="pairs">Pairs</h2>
          <NodeSearch onFound={setFound} />
          {(['graph', 'table'] as const).map((each) => (
            <button
              key={each}
              type="button"
              aria-pressed={view === each}
              onClick={() => setView(view === each ? 'matrix' : each)}
            >
              {each === 'graph' ? 'Graph' : 'Table'}
            </button>
          ))}
        </div>
        {view === 'matrix' && <MatrixView model={model} found={found} />}
        {view === 'graph' && <GraphView found={found} />}
        {view === 'table' && <PairTable found={found} />}
      </section>
      <EventList />
    </main>
  );
}
