// How a backtest finds the status that each node had when the replay begins.

import { formatRfc3339 } from '@mesh/primitives';
import { parsePolicy } from '@mesh/scoring';
import { expect, it } from 'vitest';
import { type BacktestSource, runBacktest } from '../../src/index.ts';

const T0 = Date.UTC(2030, 0, 1, 12);
const policy = parsePolicy({});

/** A log with an entry each second. A word is a type of entry about node-a. */
function logOf(words: readonly string[], status: 'revoked'): BacktestSource {
  const entries = words.map((type, index) => {
    const at = formatRfc3339(T0 + index * 1_000);
    if (type === 'epoch_opened') return { index, entry: { type, at, data: {} } };
    const revealed =
      type === 'benchmark_accepted'
        ? { scores: { overall: 0.9 }, measured_by: 'self', measured_at: at, arrived_at: at }
        : undefined;
    return { index, entry: { type, at, node_id: 'node-a', data: {}, revealed } };
  });
  return {
    log: async ({ from, limit, type }) => {
      const found = entries.filter(
        ({ index, entry }) => index >= from && (type === undefined || entry.type === type),
      );
      const page = found.slice(0, limit);
      const next = found.length > limit ? (page.at(-1)?.index ?? 0) + 1 : entries.length;
      return { size: entries.length, entries: page as never, next };
    },
    nodes: async () => ({ nodes: [{ node_id: 'node-a', status, class: 'default' }] as never }),
  };
}

const WINDOW = ['benchmark_accepted', 'epoch_opened', 'epoch_opened', 'node_revoked'];

it.each([
  ['was never quarantined', ['node_enrolled'], true],
  ['was quarantined before', ['node_enrolled', 'node_quarantined'], false],
  ['was released again before', ['node_enrolled', 'node_quarantined', 'node_released'], true],
  [
    'was quarantined a second time',
    ['node_enrolled', 'node_quarantined', 'node_released', 'node_quarantined'],
    false,
  ],
  [
    'took the name of one that was revoked from quarantine',
    ['node_enrolled', 'node_quarantined', 'node_revoked', 'node_deleted', 'node_enrolled'],
    true,
  ],
])('a node that is revoked in the window and %s starts as it was', async (_what, before, wasIn) => {
  const found = await runBacktest(logOf([...before, ...WINDOW], 'revoked'), {
    inForce: policy,
    tried: policy,
    sinceMs: T0 + before.length * 1_000,
    untilMs: T0 + 60_000,
  });
  expect(found.nodes).toMatchObject([{ nodeId: 'node-a', now: { inMs: wasIn ? 2_000 : 0 } }]);
});
