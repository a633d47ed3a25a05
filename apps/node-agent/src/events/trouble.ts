// What fails at this node now, and since when: a part of the agent's work that has not succeeded since then.

/**
 * `interface`: bringing it up and checking it; `peers`: reading and changing them; `routes`: setting or
 * moving them.
 */
export type TunnelPart = 'interface' | 'peers' | 'routes';

export interface Trouble {
  /** By this machine's wall clock, milliseconds since the Unix epoch. */
  readonly sinceMs: number;
  readonly code: string;
  readonly message: string;
}

/** The one of several troubles that began first; undefined where there is none. */
export function earliestTrouble(...troubles: readonly (Trouble | undefined)[]): Trouble | undefined {
  return troubles
    .filter((trouble) => trouble !== undefined)
    .reduce<Trouble | undefined>(
      (first, trouble) => (first === undefined || trouble.sinceMs < first.sinceMs ? trouble : first),
      undefined,
    );
}
