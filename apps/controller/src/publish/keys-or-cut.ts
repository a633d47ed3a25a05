// Waits for the keys of a difference, but no longer than until a cut that concerns their node: a removal
// waits for no key.

import type { MembershipIndex, NodeRecord } from '@mesh/membership';
import type { ConfigKeys } from '@mesh/protocol';
import type { Publication } from './publication.ts';

export type KeysOrCut =
  | { readonly kind: 'keys'; readonly keys: ConfigKeys | undefined; readonly cuts: readonly NodeRecord[] }
  /** There are no keys: somebody was cut first, or the keys could not be made. */
  | { readonly kind: 'cut'; readonly cuts: readonly NodeRecord[]; readonly error?: unknown };

/**
 * @param node the node that the keys are for
 * @param keys being made; undefined keys where there are none to give
 * @returns the keys, or the first cut of the node itself or of a peer. It does not reject: where keys cannot
 *   be made, who is out is out all the same
 */
export function keysOrCut(
  { members, publication }: { readonly members: MembershipIndex; readonly publication: Publication },
  node: NodeRecord,
  keys: Promise<ConfigKeys | undefined>,
): Promise<KeysOrCut> {
  const cuts: NodeRecord[] = [];
  let stop = (): void => undefined;
  const cut = new Promise<KeysOrCut>((resolve) => {
    stop = publication.onCut((gone) => {
      if (gone.nodeId !== node.nodeId && !members.arePeers(node, gone)) return;
      cuts.push(gone);
      resolve({ kind: 'cut', cuts });
    });
  });
  const made = keys.then(
    (ready): KeysOrCut => ({ kind: 'keys', keys: ready, cuts }),
    (error: unknown): KeysOrCut => ({ kind: 'cut', cuts, error }),
  );
  return Promise.race([made, cut]).finally(stop);
}
