// What a policy would do to nodes, in words.

import type { PolicyTrial } from '@mesh/protocol';

type TriedNode = PolicyTrial['nodes'][number];
type Effect = TriedNode['effect'];

const VERBS: readonly (readonly [Effect, string])[] = [
  ['cut', 'cuts'],
  ['held', 'lets the brake hold'],
  ['admitted', 'admits'],
  ['limited', 'limits'],
  ['unlimited', 'takes the limit from'],
];

/** "cuts 3, admits 1", or that it changes nobody's standing. */
export function effectsInWords(nodes: readonly TriedNode[]): string {
  const parts = VERBS.flatMap(([effect, verb]) => {
    const count = nodes.filter((node) => node.effect === effect).length;
    return count === 0 ? [] : `${verb} ${count}`;
  });
  return parts.length === 0 ? "changes nobody's standing" : parts.join(', ');
}

/** The nodes it affects, those it cuts first. */
export function affectedNodes(nodes: readonly TriedNode[]): readonly TriedNode[] {
  return VERBS.flatMap(([effect]) => nodes.filter((node) => node.effect === effect));
}
