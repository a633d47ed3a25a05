// Requests that the demo makes to its mesh while it runs.

import { type Mesh, until } from '@mesh/e2e';
import type { LogPage, NodeSummary } from '@mesh/protocol';

type Entry = LogPage['entries'][number]['entry'];
export const NAMES = ['a', 'b', 'c'] as const;
export type NodeName = (typeof NAMES)[number];

/** Waits until a node has the wanted membership, and reports every new score meanwhile. */
export async function untilMembership(
  mesh: Mesh<NodeName>,
  name: NodeName,
  wanted: NodeSummary['membership'],
  timeoutMs: number,
  onScore: (node: NodeSummary) => void = () => undefined,
): Promise<NodeSummary> {
  let sequence = 0;
  return until(`node ${name} is ${wanted}`, timeoutMs, async () => {
    const node = await mesh.admin.node(name);
    if (node.last_benchmark !== null && node.last_benchmark.sequence !== sequence) {
      sequence = node.last_benchmark.sequence;
      onScore(node);
    }
    return node.membership === wanted ? node : undefined;
  });
}

/** The first log entry from `from` onwards that passes. */
export async function findEntry(
  mesh: Mesh<NodeName>,
  from: number,
  passes: (entry: Entry) => boolean,
): Promise<Entry | undefined> {
  return (await mesh.log(from)).find(({ entry }) => passes(entry))?.entry;
}

/** The index that the next log entry will have. */
export async function logSize(mesh: Mesh<NodeName>): Promise<number> {
  return (await mesh.admin.log({ limit: 1 })).size;
}

export function describeScores(node: NodeSummary): string {
  const { last_benchmark: benchmark } = node;
  if (benchmark === null) return 'no score yet';
  return Object.entries(benchmark.scores)
    .map(([metric, score]) => `${metric} ${score.toFixed(2)}`)
    .join(', ');
}
