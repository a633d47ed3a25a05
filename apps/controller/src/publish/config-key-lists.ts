// What a node has to be told about the keys that sign configs, from the list that it says it has.

import type { MeshView } from '@mesh/membership';
import type { ConfigKeyList } from '@mesh/protocol';

type View = Pick<MeshView, 'configKeys'>;

/**
 * The lists that lead a node from a key that it trusts to those of now, the oldest first: each one by which a
 * key took over since, and the newest. Announcements that were dropped are left out.
 *
 * @param knownMs when the newest list that the node has was made; 0 for none. Undefined: its agent knows no
 *   lists
 * @returns undefined if there is nothing to tell
 */
export function listsAfter(view: View, knownMs: number | undefined): ConfigKeyList[] | undefined {
  const { lists } = view.configKeys();
  const newest = lists.at(-1);
  if (knownMs === undefined || newest === undefined || newest.made_at_ms <= knownMs) return undefined;
  return lists.filter(
    (list, at) => list.made_at_ms > knownMs && (list === newest || lists[at + 1]?.present !== list.present),
  );
}

/**
 * Whether a node takes what this key has signed without being told of new lists: removal notices have none.
 * For an agent that knows no lists the answer is yes, because nothing that it could be told helps it.
 */
export function knowsConfigKey(view: View, publicKey: string, knownMs: number | undefined): boolean {
  const { lists } = view.configKeys();
  if (knownMs === undefined || lists.length === 0) return true;
  if (knownMs === 0) return lists[0]?.present === publicKey;
  const known = lists.findLast(({ made_at_ms }) => made_at_ms === knownMs);
  return known?.present === publicKey || known?.next?.public_key === publicKey;
}
