// What differs between the replays of two policies, node by node.

import { defined } from '@mesh/primitives';
import type { NodeReplay } from './policy-replay.ts';
import type { ReplayedChange } from './replayed-node.ts';

/**
 * What the other policy would have done to the node: kept it out for longer (`cut`), let it in for longer
 * (`in`), or limited it for longer (`limited`) or less long (`unlimited`); `none` if all times are the same.
 */
export type ReplayEffect = 'cut' | 'in' | 'limited' | 'unlimited' | 'none';

export interface ComparedNode {
  readonly nodeId: string;
  readonly effect: ReplayEffect;
  readonly now: Pick<NodeReplay, 'cuts' | 'inMs' | 'decliningMs'>;
  readonly wouldBe: Pick<NodeReplay, 'cuts' | 'inMs' | 'decliningMs'>;
  /**
   * The first change that the present policy does not make at that time; absent if all of its changes are the
   * present policy's too, even if that makes more.
   */
  readonly first?: ReplayedChange;
}

/**
 * Both replays are of the same events.
 *
 * @returns those that differ first, the longest out before all others
 */
export function compareReplays(
  now: readonly NodeReplay[],
  wouldBe: readonly NodeReplay[],
): readonly ComparedNode[] {
  const present = new Map(now.map((node) => [node.nodeId, node]));
  return wouldBe
    .map((then) => compare(present.get(then.nodeId) ?? NOTHING, then))
    .sort((one, other) => rank(one) - rank(other) || (one.nodeId < other.nodeId ? -1 : 1));
}

const NOTHING = { changes: [], cuts: 0, inMs: 0, decliningMs: 0 } as const;

function compare(now: Omit<NodeReplay, 'nodeId'>, then: NodeReplay): ComparedNode {
  const first = firstDifference(now, then);
  return {
    nodeId: then.nodeId,
    effect: effectOf(now, then),
    now: sumsOf(now),
    wouldBe: sumsOf(then),
    ...defined({ first }),
  };
}

const sumsOf = ({ cuts, inMs, decliningMs }: Omit<NodeReplay, 'nodeId'>) => ({ cuts, inMs, decliningMs });

function effectOf(now: Omit<NodeReplay, 'nodeId'>, then: NodeReplay): ReplayEffect {
  if (then.inMs < now.inMs) return 'cut';
  if (then.inMs > now.inMs) return 'in';
  if (then.decliningMs > now.decliningMs) return 'limited';
  return then.decliningMs < now.decliningMs ? 'unlimited' : 'none';
}

function rank({ effect, now, wouldBe }: ComparedNode): number {
  if (effect === 'none') return Number.POSITIVE_INFINITY;
  return wouldBe.inMs - now.inMs;
}

function firstDifference(now: Omit<NodeReplay, 'nodeId'>, then: NodeReplay): ReplayedChange | undefined {
  return then.changes.find(({ atMs, standing }, at) => {
    const same = now.changes[at];
    return same?.atMs !== atMs || same.standing !== standing;
  });
}
