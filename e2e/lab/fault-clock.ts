// Clock errors for a lab's agents. Namespaces share the machine's clock, so the error is made in the agent's
// Clock port. The agent allows that only with both this variable and this flag.

export interface FaultClock {
  readonly env: Readonly<Record<string, string>>;
  /** For `mesh-agent up`. */
  readonly args: readonly string[];
}

/** An agent whose wall clock is ahead by `offsetMs` (negative: behind). */
export function faultClock(offsetMs: number): FaultClock {
  if (offsetMs === 0) return { env: {}, args: [] };
  return {
    env: { MESH_TEST_CLOCK_OFFSET_MS: String(Math.trunc(offsetMs)) },
    args: ['--insecure-test-clock'],
  };
}
