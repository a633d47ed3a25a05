// Waits for the keys of a difference, or until the node itself or a peer is cut. A removal does not wait for
// keys.

import type { MembershipIndex, NodeRecord } from '@mesh/membership';
import type { ConfigKeys } from '@mesh/protocol';
import type { Publication } from './publication.ts';

export type KeysOrCut =
  | { readonly kind: 'keys'; readonly keys: ConfigKeys | undefined; readonly cuts: readonly NodeRecord[] }
  /** There are no keys: a node was cut first, or the keys could not be made. */
  | { readonly kind: 'cut'; readonly cuts: readonly NodeRecord[]; readonly error?: unknown };

/**
 * @param node the node that the keys are for
 * @param keys the keys that are being made; undefined if there are none to give
 * @returns the keys, or the first cut of the node itself or of a peer. It never rejects: even if the keys
 *   cannot be made, the cuts have to be published
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
