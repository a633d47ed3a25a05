// One page of a list that grows. A cursor names the last item of the page before, so that items which come or
// go in between make no other item appear twice or not at all.

import { MAX_PAGE, type PageQuery } from '@mesh/protocol';

export interface Page<T> {
  readonly items: readonly T[];
  /** Absent where nobody asks for pages; null at the end of the list. */
  readonly next_cursor?: string | null;
}

/**
 * Pages are in the order of the keys. Without `limit` and `cursor`, all items come, in the order of the list.
 *
 * @param keyOf names each item, and no other
 */
export function pageOf<T>(
  list: Iterable<T>,
  keyOf: (item: T) => string,
  { limit, cursor }: PageQuery,
): Page<T> {
  if (limit === undefined && cursor === undefined) return { items: [...list] };
  const rest = [...list]
    .map((item) => ({ item, key: keyOf(item) }))
    .filter(({ key }) => cursor === undefined || key > cursor)
    .sort((one, other) => (one.key < other.key ? -1 : 1));
  const taken = rest.slice(0, limit ?? MAX_PAGE);
  const last = taken.at(-1);
  return {
    items: taken.map(({ item }) => item),
    next_cursor: last !== undefined && taken.length < rest.length ? last.key : null,
  };
}
