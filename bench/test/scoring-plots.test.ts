// The plots of docs/scoring.md are what their script draws, from seeds.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { renderChart } from '../src/scoring/line-chart.ts';
import { drawPlots } from '../src/scoring/plots.ts';

const PLOTS = join(import.meta.dirname, '../../docs/scoring');

describe('the plots of docs/scoring.md', () => {
  it('are those that the script draws; after a change: node --conditions=@mesh/source bench/src/scoring/plots-main.ts', () => {
    const drawn = drawPlots();
    expect(readdirSync(PLOTS).sort()).toEqual(Object.keys(drawn).sort());
    for (const [name, svg] of Object.entries(drawn))
      expect(readFileSync(join(PLOTS, name), 'utf8'), name).toBe(svg);
  });
});

describe('a chart', () => {
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
  it('has its points on its scales, what is beyond them at the edge, and no mark-up in its words', () => {
    const svg = renderChart(chart);
    expect(svg).toContain('points="70.0,340.0 315.0,192.5 560.0,45.0"');
    expect(svg).toContain('>a &lt; b &amp; c</text>');
    expect(svg).toContain('>100</text>');
  });
});
