// A chart as SVG.

import { expect, it } from 'vitest';
import { renderChart } from '../../src/scoring/line-chart.ts';

const chart = {
  title: 'a < b & c',
  x: { label: 'x', ticks: [1, 10, 100], logarithmic: true },
  y: { label: 'y', ticks: [0, 1] },
  lines: [
    {
      name: 'one',
      points: [
        [1, 0],
        [10, 0.5],
        [1_000, 2],
      ],
    },
  ],
} as const;
it('a chart has its points on its scales, what is beyond them at the edge, and no mark-up in its words', () => {
  const svg = renderChart(chart);
  expect(svg).toContain('points="70.0,340.0 315.0,192.5 560.0,45.0"');
  expect(svg).toContain('>a &lt; b &amp; c</text>');
  expect(svg).toContain('>100</text>');
});
