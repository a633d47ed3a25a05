// The cost of a hostile body: its entries are counted before they are checked, so no message makes more than
// a few issues.

import { describe, expect, it } from 'vitest';
import { appliedMessage, benchmarkMessage, endpointMessage } from '../../src/index.ts';
import { GOOD } from '../support/good-messages.ts';

const MANY = 9_000;
const badNames = Object.fromEntries(Array.from({ length: MANY }, (_, i) => [`!${i}`, 'x']));
const badItems = Array.from({ length: MANY }, () => ({}));

describe('a message', () => {
  it.each([
    ['scores of bad names', benchmarkMessage, { ...GOOD.benchmark.body, scores: badNames }],
    ['samples of bad names', benchmarkMessage, { ...GOOD.benchmark.body, samples: badNames }],
    ['peers that are none', appliedMessage, { ...GOOD.applied.body, peers: badItems }],
    [
      'invalid peers, fewer than allowed',
      appliedMessage,
      { ...GOOD.applied.body, peers: badItems.slice(0, 4096) },
    ],
    ['addresses that are none', endpointMessage, { ...GOOD.endpoint.body, advertise: badItems }],
    ['unknown keys', benchmarkMessage, { ...GOOD.benchmark.body, ...badNames }],
  ])('with thousands of %s has few issues', (_what, schema, message) => {
    expect(schema.safeParse(message).error?.issues.length).toBeLessThanOrEqual(4);
  });
});
