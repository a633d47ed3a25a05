/**
 * The items of a base, each replaced where `own` has another one under the same key, and after them those of
 * `own` that replace none.
 */
export function* layered<Key, Item>(
  base: Iterable<Item>,
  own: ReadonlyMap<Key, Item>,
  keyOf: (item: Item) => Key,
): Iterable<Item> {
  const left = new Map(own);
  for (const item of base) {
    const key = keyOf(item);
    yield left.get(key) ?? item;
    left.delete(key);
  }
  yield* left.values();
}
