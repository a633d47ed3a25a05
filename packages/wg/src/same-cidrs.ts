// Compares two lists of address blocks as sets.

import type { Cidr } from './cidr.ts';

/** Whether both lists have the same blocks, in any order. A block that is listed twice counts once. */
export function sameCidrs(one: readonly Cidr[], other: readonly Cidr[]): boolean {
  if (one.length === other.length && one.every((range, at) => range === other[at])) return true;
  const ranges = new Set(one);
  return ranges.size === new Set(other).size && other.every((range) => ranges.has(range));
}
