// Writes the plots of docs/scoring.md. A test holds what is committed to what this writes.
//
//   node --conditions=@mesh/source bench/src/scoring/plots-main.ts

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { drawPlots } from './plots.ts';

const PLOTS = join(import.meta.dirname, '../../../docs/scoring');

mkdirSync(PLOTS, { recursive: true });
for (const [name, svg] of Object.entries(drawPlots())) writeFileSync(join(PLOTS, name), svg);
