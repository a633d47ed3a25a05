// A trouble: a part of the agent's work that fails now, and since when.

/**
 * `interface`: bringing the interface up and checking it. `peers`: reading and changing its peers. `routes`:
 * setting or moving the routes.
 */
export type TunnelPart = 'interface' | 'peers' | 'routes';

export interface Trouble {
  /** By this machine's wall clock, milliseconds since the Unix epoch. */
  readonly sinceMs: number;
  readonly code: string;
  readonly message: string;
}

/** The trouble that began first; undefined if there is no trouble. */
export function earliestTrouble(...troubles: readonly (Trouble | undefined)[]): Trouble | undefined {
  return troubles
    .filter((trouble) => trouble !== undefined)
    .reduce<Trouble | undefined>(
      (first, trouble) => (first === undefined || trouble.sinceMs < first.sinceMs ? trouble : first),
      undefined,
    );
}
