// Every benchmark by name.

import { agentBenchmark } from './agent/agent-benchmark.ts';
import type { Benchmark } from './benchmark.ts';
import { configBenchmark } from './config/config-benchmark.ts';
import { dashboardBenchmark } from './dashboard/dashboard-benchmark.ts';
import { denialBenchmark } from './denial/denial-benchmark.ts';
import { epochBenchmark } from './epoch/epoch-benchmark.ts';
import { floodBenchmark } from './flood/flood-benchmark.ts';
import { footprintBenchmark } from './footprint/footprint-benchmark.ts';
import { hostileMemberBenchmark } from './hostile-member/hostile-member-benchmark.ts';
import { limitsBenchmark } from './limits/limits-benchmark.ts';
import { logBenchmark } from './log/log-benchmark.ts';
import { pskBenchmark } from './psk/psk-benchmark.ts';
import { scoringBenchmark } from './scoring/scoring-benchmark.ts';
import { sealingBenchmark } from './sealing/sealing-benchmark.ts';
import { submissionsBenchmark } from './submissions/submissions-benchmark.ts';
import { timingBenchmark } from './timing/timing-benchmark.ts';

export const benchmarks: readonly Benchmark[] = [
  pskBenchmark,
  submissionsBenchmark,
  configBenchmark,
  epochBenchmark,
  scoringBenchmark,
  sealingBenchmark,
  denialBenchmark,
  hostileMemberBenchmark,
  floodBenchmark,
  agentBenchmark,
  footprintBenchmark,
  limitsBenchmark,
  logBenchmark,
  dashboardBenchmark,
  timingBenchmark,
];
