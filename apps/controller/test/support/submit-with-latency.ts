// Results of a node whose answers stay as good as they are, while its service may become slow.

import type { BenchmarkAnswer } from '@mesh/protocol';
import type { RunningMesh } from './running-mesh.ts';

/** Sends a result of node-a, 7 s after the one before. */
export async function submitWithLatency(mesh: RunningMesh, latencyMs: number): Promise<BenchmarkAnswer> {
  await mesh.clock.advance(7_000);
  return mesh.node('node-a').submit(0.95, {
    samples: { overall: 50 },
    signals: { latency_ms: latencyMs, error_rate: 0, handshakes: 1, clock_skew_ms: 3 },
  });
}
