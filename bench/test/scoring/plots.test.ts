// The plots of docs/scoring.md are what their script draws, from seeds.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { drawPlots } from '../../src/scoring/plots.ts';

const PLOTS = join(import.meta.dirname, '../../../docs/scoring');

it('the plots of docs/scoring.md are those that the script draws; after a change: node --conditions=@mesh/source bench/src/scoring/plots-main.ts', () => {
  const drawn = drawPlots();
  expect(readdirSync(PLOTS).sort()).toEqual(Object.keys(drawn).sort());
  for (const [name, svg] of Object.entries(drawn))
    expect(readFileSync(join(PLOTS, name), 'utf8'), name).toBe(svg);
});
