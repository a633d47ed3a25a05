import type { LiveNode } from '@mesh/protocol';
import { STANDING_WORDS, standingOf } from '../live/counts.ts';
import { PAIR_STATES, PAIR_WORDS } from '../matrix/pair-state.ts';
import { nodeLink } from '../page/route.ts';
import { type GraphPair, tally } from './graph-pairs.ts';

interface Shown {
  readonly nodes: readonly LiveNode[];
  readonly pairs: readonly GraphPair[];
  readonly selected: number | undefined;
}

/** The chosen node, with its tunnels to the other shown ones. Read out when it changes. */
export function GraphCard({ nodes, pairs, selected }: Shown) {
  const node = selected === undefined ? undefined : nodes[selected];
  if (node === undefined || selected === undefined)
    return (
      <p class="quiet" aria-live="polite">
        Choose a node.
      </p>
    );
  const counts = tally(pairs, selected);
  const tunnels = PAIR_STATES.flatMap((state) => {
    const count = counts.get(state);
    return count === undefined ? [] : `${count} ${PAIR_WORDS[state]}`;
  });
  return (
    <p aria-live="polite">
      <a href={nodeLink(node.id)}>{node.id}</a> (class {node.class}) is {STANDING_WORDS[standingOf(node)]}:{' '}
      {node.reason}. Tunnels to shown nodes: {tunnels.length === 0 ? 'none' : tunnels.join('; ')}.
    </p>
  );
}
