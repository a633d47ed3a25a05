// Decides which nodes are peers of each other. By default all nodes are. With groups, two nodes are peers if
// a group holds both of their classes.

export class Peering {
  readonly #peersOf: ReadonlyMap<string, ReadonlySet<string>> | undefined;

  /** @param groups class names by group; without any group all nodes are peers */
  constructor(groups: Readonly<Record<string, readonly string[]>>) {
    const named = Object.values(groups);
    if (named.length === 0) return;
    const peersOf = new Map<string, Set<string>>();
    for (const classes of named) {
      for (const one of classes) {
        const peers = peersOf.get(one) ?? new Set();
        for (const other of classes) peers.add(other);
        peersOf.set(one, peers);
      }
    }
    this.#peersOf = peersOf;
  }

  arePeers(oneClass: string, otherClass: string): boolean {
    return this.#peersOf === undefined || (this.#peersOf.get(oneClass)?.has(otherClass) ?? false);
  }
}
