// What a drift signal says, in a sentence.

import { scores } from '../words.ts';
import type { DriftNumbers } from './find-drift.ts';
import { nameOfDimension } from './observations.ts';

/** One sentence without a full stop, true whether the signal speaks or not. */
export function describeDrift({ signal, dimension, value, limit, results }: DriftNumbers): string {
  const name = dimension === undefined ? undefined : nameOfDimension(dimension);
  if (name === undefined && signal !== 'outlier' && signal !== 'reputation')
    return `no dimension has been learnt yet, after ${count(results)}`;
  const [found, asked] = scores(value, limit);
  switch (signal) {
    case 'ewma':
      return `${name}: ${found} standard deviations worse of late than over ${count(results)}; the policy allows ${asked}`;
    case 'cusum':
      return `${name}: worse than over ${count(results)} by ${found} standard deviations in sum; the policy allows ${asked}`;
    case 'level':
      return `${name}: its level is worse than over ${count(results)} by ${found} of its own standard deviations; the policy allows ${asked}`;
    case 'outlier':
      return `${count(value)} in a row stood out from what is usual for the node; the policy allows fewer than ${limit}`;
    case 'reputation':
      return `its reputation is ${found}, from ${results.toFixed(1)} results weighed by their age; the policy asks for ${asked}`;
  }
}

const count = (results: number): string => (results === 1 ? '1 result' : `${results} results`);
