// A mesh that does not exist, as the live stream tells of it: everybody is everybody's peer, and each node
// reports twice a minute.

import { parseNodeId } from '@mesh/primitives';
import {
  encodeLiveHandshake,
  encodeLiveRuns,
  type LiveNode,
  type LivePairs,
  type LiveState,
} from '@mesh/protocol';

const FRESH_MS = 100_000;
const EPOCH = 7;

export function wholeMesh(size: number, nowMs: number): LiveState {
  return {
    ...nothing(nowMs),
    reset: true,
    nodes: Array.from({ length: size }, (_, n) => nodeOf(n)),
    pairs: Array.from({ length: size }, (_, n) => pairsOf(n, size, nowMs)),
    epoch: { id: EPOCH, active_at: instant(nowMs), ends_at: instant(nowMs + 60_000), next: null },
  };
}

/** @param first the number of the first of the nodes that report @param count how many of them do */
export function someReports(size: number, first: number, count: number, nowMs: number): LiveState {
  const reporting = Array.from({ length: count }, (_, at) => (first + at) % size);
  return { ...nothing(nowMs), pairs: reporting.map((n) => pairsOf(n, size, nowMs)) };
}

const instant = (ms: number): string => new Date(ms).toISOString();

const nothing = (nowMs: number): LiveState => ({
  server_time_ms: Math.floor(nowMs),
  fresh_ms: FRESH_MS,
  reset: false,
  nodes: [],
  gone: [],
  pairs: [],
  log: [],
});

const nodeOf = (n: number): LiveNode => ({
  n,
  id: parseNodeId(`node-${String(n).padStart(4, '0')}`),
  class: 'default',
  status: 'active',
  membership: n % 50 === 0 ? 'DENIED' : 'ALLOWED',
  reason: 'it does not exist',
  reason_code: 'ok',
  declining: n % 20 === 1,
  probation_until_epoch: null,
  limit_bits_per_second: null,
  endpoint: '192.0.2.1:51820',
  overall: 0.9,
  troubles: [],
});

/** Most handshakes are young, some are overdue, and a few have not come. */
function pairsOf(n: number, size: number, nowMs: number): LivePairs {
  const tunnels: [number, number][] = [];
  for (let other = 0; other < size; other += 1) {
    const seconds = (n * 31 + other * 17) % 190;
    if (other !== n)
      tunnels.push([other, encodeLiveHandshake((n + other) % 97 === 0 ? undefined : seconds * 1_000)]);
  }
  return {
    n,
    at_ms: Math.floor(nowMs),
    epoch: EPOCH,
    tunnels: encodeLiveRuns(tunnels),
    epochs: {},
    since_ms: {},
  };
}
