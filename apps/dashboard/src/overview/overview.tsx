// The first screen: counts, epoch and log head on top, the matrix, and beside it what happens.

import { useState } from 'preact/hooks';
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
  const [isTable, setTable] = useState(false);
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
          <button type="button" aria-pressed={isTable} onClick={() => setTable(!isTable)}>
            Table
          </button>
        </div>
        {isTable ? <PairTable found={found} /> : <MatrixView model={model} found={found} />}
      </section>
      <EventList />
    </main>
  );
}
