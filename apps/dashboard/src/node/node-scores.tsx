// A node's scores over time, each with its limit and its interval, and its alarms.

import type { NodeDetail, NodeScores } from '@mesh/protocol';
import { useEffect, useRef, useState } from 'preact/hooks';
import { AlarmGauge } from './alarm-gauge.tsx';

type Judged = NonNullable<NodeDetail['judged']>;

export function NodeScoresView({ scores, judged }: { readonly scores: NodeScores; readonly judged: Judged }) {
  const [chosen, setChosen] = useState(0);
  const at = Math.min(chosen, Math.max(0, scores.metrics.length - 1));
  return (
    <section aria-labelledby="scores">
      <div class="bar">
        <h2 id="scores">Scores</h2>
        {scores.metrics.length > 1 && (
          <label>
            <span class="hidden">Metric</span>
            <select
              value={String(at)}
              onChange={({ currentTarget }) => setChosen(Number(currentTarget.value))}
            >
              {scores.metrics.map(({ metric }, index) => (
                <option key={metric} value={String(index)}>
                  {metric}
                </option>
              ))}
            </select>
          </label>
        )}
      </div>
      {scores.points.length === 0 ? (
        <p class="quiet">No results are on record.</p>
      ) : (
        <Chart scores={scores} at={at} />
      )}
      <table class="numbers">
        <caption class="hidden">The newest result</caption>
        <thead>
          <tr>
            <th scope="col">metric</th>
            <th scope="col">score</th>
            <th scope="col">limit</th>
            <th scope="col">interval</th>
            <th scope="col">samples</th>
            <th scope="col">alarm</th>
          </tr>
        </thead>
        <tbody>
          {judged.map(({ metric, score, limit, lower, upper, samples, alarm }) => (
            <tr key={metric}>
              <th scope="row">{metric}</th>
              <td class={score !== null && score < limit ? 'below' : ''}>{score?.toFixed(3) ?? 'missing'}</td>
              <td>{limit}</td>
              <td>{lower === null || upper === null ? '–' : `${lower.toFixed(3)} to ${upper.toFixed(3)}`}</td>
              <td>{samples}</td>
              <td>{alarm === null ? '–' : <AlarmGauge metric={metric} {...alarm} />}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** The library that draws it comes when it is needed. */
function Chart({ scores, at }: { readonly scores: NodeScores; readonly at: number }) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    let isGone = false;
    let remove = (): void => {};
    void import('./score-chart.ts').then(({ drawScores }) => {
      if (!isGone && place.current !== null) remove = drawScores(place.current, scores, at);
    });
    return () => {
      isGone = true;
      remove();
    };
  }, [scores, at]);
  const last = scores.points.at(-1)?.scores[at]?.[0];
  const label = `${scores.metrics[at]?.metric} over ${scores.points.length} results; the last is ${last ?? 'missing'}`;
  return <div ref={place} class="chart" role="img" aria-label={label} />;
}
