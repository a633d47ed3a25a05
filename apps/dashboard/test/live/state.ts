// Messages of the live stream, as short as tests can write them.

import type { LiveNode, LivePairs, LiveState } from '@mesh/protocol';

export const START_MS = 1_000_000;

export const nodeOf = (n: number, id: string, more: Partial<LiveNode> = {}): LiveNode =>
  ({
    n,
    id,
    class: 'default',
    status: 'active',
    membership: 'ALLOWED',
    reason: 'it is in',
    reason_code: 'ok',
    declining: false,
    probation_until_epoch: null,
    limit_bits_per_second: null,
    endpoint: null,
    overall: 0.9,
    troubles: [],
    ...more,
  }) as LiveNode;

/** @param seconds of each number: undefined for no tunnel, null for one without a handshake */
export function pairsOf(
  n: number,
  seconds: readonly (number | null | undefined)[],
  more: Partial<LivePairs> = {},
): LivePairs {
  const runs = seconds.map((age) =>
    age === undefined ? [1] : [0, 1, ...leb128(age === null ? 0 : age + 1)],
  );
  const bytes: number[] = [];
  let passed = 0;
  // Each tunnel as a run of its own: also right, and longer than what a controller sends.
  for (const run of runs) {
    if (run.length === 1) passed += 1;
    else {
      bytes.push(passed, ...run.slice(1));
      passed = 0;
    }
  }
  const tunnels = Buffer.from(bytes).toString('base64');
  return { n, at_ms: START_MS, epoch: 7, tunnels, epochs: {}, since_ms: {}, ...more };
}

export const leb128 = (value: number): number[] =>
  value < 128 ? [value] : [(value % 128) + 128, ...leb128(Math.floor(value / 128))];

export const message = (more: Partial<LiveState>): LiveState => ({
  server_time_ms: START_MS,
  fresh_ms: 100_000,
  reset: false,
  nodes: [],
  gone: [],
  pairs: [],
  log: [],
  ...more,
});
