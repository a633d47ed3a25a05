// What a node says of itself with a result, as the drift signals take it.

import { defined } from '@mesh/primitives';
import type { BenchmarkMessage } from '@mesh/protocol';
import type { NodeSignals } from '@mesh/scoring';

export function signalsOf(signals: NonNullable<BenchmarkMessage['signals']>): NodeSignals {
  return defined({
    latencyMs: signals.latency_ms,
    errorRate: signals.error_rate,
    handshakes: signals.handshakes,
    skewMs: signals.clock_skew_ms,
  });
}
