// Clock errors for a lab's agents. Namespaces share the machine's clock, so a node's clock is set wrong in its agent:
// the environment below shifts the wall clock that the agent reads through its Clock port (a seam for tests).

/** Environment for an agent whose wall clock is ahead by `offsetMs` (negative: behind). */
export function faultClockEnvironment(offsetMs: number): Record<string, string> {
  return { MESH_FAULT_CLOCK_OFFSET_MS: String(Math.trunc(offsetMs)) };
}
