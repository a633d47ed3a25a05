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
  const bytes = Buffer.alloc(seconds.length * 2);
  for (const [at, age] of seconds.entries())
    bytes.writeUInt16LE(age === undefined ? 0 : age === null ? 1 : age + 2, at * 2);
  return { n, at_ms: START_MS, epoch: 7, ages: bytes.toString('base64'), epochs: {}, since_ms: {}, ...more };
}

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
