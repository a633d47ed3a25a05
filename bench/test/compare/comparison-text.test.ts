// The text of a comparison, and the lines about what got worse.

import { describe, expect, it } from 'vitest';
import type { Comparison } from '../../src/compare/compare-trees.ts';
import { renderComparison, renderWorse } from '../../src/compare/comparison-text.ts';
import { SAMPLE_MACHINE } from '../support/sample-machine.ts';

const summary = (median: number, min: number, max: number) => ({ median, min, max });

const comparison: Comparison = {
  base: { ref: 'v1', commit: '0123456789abcdef0123456789abcdef01234567' },
  this: { commit: 'fedcba9876543210fedcba9876543210fedcba98', modified: true },
  started_at: '2026-01-05T12:34:50.123Z',
  quick: false,
  machine: SAMPLE_MACHINE,
  benchmarks: [
    {
      benchmark: 'psk',
      rounds: 3,
      figures: [
        {
          table: 'A title',
          row: 'rate',
          unit: 'x/s',
          better: 'more',
          rounds: 3,
          base: summary(1_500, 1_000, 2_000),
          this: summary(750, 500, 1_000),
          ratio: summary(0.5, 0.4, 0.6),
          change: 'worse',
        },
        {
          table: 'Another title',
          row: 'delay',
          unit: 'ms',
          better: 'less',
          rounds: 3,
          base: summary(0, 0, 0),
          this: summary(1, 1, 2),
          change: 'unclear',
        },
      ],
      only_base: [{ table: 'A title', row: 'gone', unit: 'ms' }],
      only_this: [{ table: 'A title', row: 'new', unit: 'ms' }],
    },
  ],
};

describe('a comparison as text', () => {
  it('shows both trees, their ratio, which way is better, and what only one of them has', () => {
    expect(renderComparison(comparison).split('\n')).toEqual([
      'base: v1 (0123456789ab)',
      'this: fedcba987654, with changes',
      'Some CPU, 2 cores, 4 GiB, linux 6, Node 24, OpenSSL 3, load 0.5 at the start',
      'Each figure: the median of the rounds (the lowest – the highest).',
      '',
      'psk: 3 rounds, in turns',
      '',
      'A title',
      '                       base               this  unit  this/base        better  in every round',
      'rate  1,500 (1,000 – 2,000)  750 (500 – 1,000)  x/s   0.5 (0.4 – 0.6)  more    worse',
      '',
      'Another title',
      '            base       this  unit  this/base  better  in every round',
      'delay  0 (0 – 0)  1 (1 – 2)  ms               less',
      '',
      'only in the base:',
      '- A title: gone (ms)',
      '',
      'only in this tree:',
      '- A title: new (ms)',
    ]);
  });

  it('of a quick run says that it is not to be quoted', () => {
    expect(renderComparison({ ...comparison, quick: true })).toContain('\nQuick: too short to quote.\n');
  });
});

describe('what got worse', () => {
  it('is named with its benchmark, ratio and direction', () => {
    expect(renderWorse(comparison, 1.1)).toEqual([
      'WORSE: psk: A title: rate: × 0.5 (0.4 – 0.6), and more is better (allowed: a factor of 1.1)',
    ]);
  });

  it('by less than the factor is not named', () => {
    expect(renderWorse(comparison, 2)).toEqual([]);
  });
});
