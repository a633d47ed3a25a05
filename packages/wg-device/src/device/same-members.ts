// Compares two lists as sets. Pure.

export function sameMembers(one: readonly string[], other: readonly string[]): boolean {
  const members = new Set(one);
  return members.size === new Set(other).size && other.every((value) => members.has(value));
}
