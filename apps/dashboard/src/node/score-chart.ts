// Draws one metric of a node with uPlot: the score as a line, its interval as a band, the limit as a dashed
// line.

import type { NodeScores } from '@mesh/protocol';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';

const HEIGHT_PX = 220;

/** @param at which of `scores.metrics` @returns a function that takes it away */
export function drawScores(place: HTMLElement, { metrics, points }: NodeScores, at: number): () => void {
  const limit = metrics[at]?.limit ?? 0;
  const column = (which: 0 | 1 | 2) => points.map(({ scores }) => scores[at]?.[which] ?? null);
  const style = getComputedStyle(place);
  const [ink, accent, warn] = ['--ink', '--accent', '--warn'].map((name) => style.getPropertyValue(name));
  const axis = { stroke: ink ?? '', grid: { stroke: style.getPropertyValue('--line'), width: 1 } };
  const plot = new uPlot(
    {
      width: Math.max(200, place.clientWidth),
      height: HEIGHT_PX,
      legend: { show: false },
      scales: { y: { range: [0, 1] } },
      axes: [axis, axis],
      series: [
        {},
        { stroke: accent ?? '', width: 2, points: { show: points.length < 60 } },
        { stroke: 'transparent' },
        { stroke: 'transparent' },
        { stroke: warn ?? '', dash: [6, 4], points: { show: false } },
      ],
      bands: [{ series: [3, 2], fill: style.getPropertyValue('--band') }],
    },
    [
      points.map((point) => Date.parse(point.at) / 1_000),
      column(0),
      column(1),
      column(2),
      points.map(() => limit),
    ],
    place,
  );
  const observer = new ResizeObserver(() =>
    plot.setSize({ width: Math.max(200, place.clientWidth), height: HEIGHT_PX }),
  );
  observer.observe(place);
  return () => {
    observer.disconnect();
    plot.destroy();
  };
}
