// What `--help` prints.

import { benchmarks } from './benchmarks.ts';
import { COMPARED_BY_DEFAULT } from './compare/compared-by-default.ts';

export function usage(): string {
  const width = Math.max(...benchmarks.map(({ name }) => name.length));
  return [
    'usage: npm run bench -- NAME [options]',
    '       npm run bench -- compare BASE [NAME…] [options]',
    '',
    ...benchmarks.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    '',
    'compare says whether this tree is slower than BASE, a commit, tag or branch of this repository:',
    'benchmarks of both run in turns. Without a NAME, those that are quick enough:',
    `${COMPARED_BY_DEFAULT.join(', ')}.`,
    '',
    '  --json         one JSON document on standard output',
    '  --quick        small and short: shows that it runs; the figures are not to be quoted',
    '  --rounds N     rounds that count',
    '  --profile DIR  write a CPU profile of each controller process, or of the agent (open it in any DevTools)',
    '  --fail-above FACTOR',
    '                 for compare: exit code 1 if the median of a figure is worse by more than this factor,',
    '                 and the figure is worse in every round; 1.10 allows a tenth',
    '',
    'Exit codes: 0 measured, 1 a target was missed or --fail-above exceeded, 2 bad arguments,',
    '3 the trees could not be compared.',
  ].join('\n');
}
