// Records most of what a freeze changes before the freeze, where that is much: a transaction with the
// admissions of thousands of nodes would keep the event loop busy for a second. Each part is a transaction of
// its own, and whatever else has to be done comes between the parts. A denial among them is in force before
// its part is recorded, as everywhere.

import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  type ChangedNode,
  type CommandContext,
  changedByFreeze,
  decideAhead,
  type MeshView,
  type NodeRecord,
} from '@mesh/membership';
import type { EpochId, NodeId } from '@mesh/primitives';
import type { Judge } from '../judge/judge.ts';

/** How many nodes are recorded in one transaction: some 10 ms. The freeze itself may change as many. */
const RECORDED_AT_ONCE = 128;
/** How many nodes are looked at in one turn of the event loop: a few milliseconds. */
const NODES_PER_TURN = 2_048;

export interface RecordAheadPorts {
  readonly view: MeshView;
  readonly context: () => CommandContext;
  readonly judge: Pick<Judge, 'run'>;
}

/**
 * Resolves when a freeze that follows at once changes few nodes.
 * @param epochId the epoch that the freeze will open
 * @throws what recording throws; what was recorded by then stays, and counts for whichever epoch is opened
 *   next
 */
export async function recordAhead(ports: RecordAheadPorts, epochId: EpochId): Promise<void> {
  const changing = worstFirst(await findChanging(ports));
  if (changing.length <= RECORDED_AT_ONCE) return;
  for (let from = 0; from < changing.length; from += RECORDED_AT_ONCE)
    await ports.judge.run(decideAhead(epochId, changing.slice(from, from + RECORDED_AT_ONCE)));
}

/** So that the brake, which sees one part after the other, lets the worst be cut. */
function worstFirst(changed: readonly ChangedNode[]): NodeId[] {
  return [...changed].sort((a, b) => b.shortfall - a.shortfall).map(({ nodeId }) => nodeId);
}

async function findChanging({ view, context }: RecordAheadPorts): Promise<ChangedNode[]> {
  const changing: ChangedNode[] = [];
  let nodes: NodeRecord[] = [];
  for (const node of view.nodes()) {
    nodes.push(node);
    if (nodes.length < NODES_PER_TURN) continue;
    changing.push(...changedByFreeze(nodes, context()));
    nodes = [];
    await nextTurn();
  }
  changing.push(...changedByFreeze(nodes, context()));
  return changing;
}
