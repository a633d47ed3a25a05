// What fails at this node now, and since when: a part of the agent's work that has not succeeded since.

/** `interface`: to bring it up and to check it; `peers`: to read and change them; `routes`: to move them between slots. */
export type TunnelPart = 'interface' | 'peers' | 'routes';

export interface Trouble {
  /** By this machine's wall clock, milliseconds since the Unix epoch. */
  readonly sinceMs: number;
  readonly code: string;
  readonly message: string;
}

/** The trouble that began first, of several. */
export function earliestTrouble(...troubles: readonly (Trouble | undefined)[]): Trouble | undefined {
  return troubles
    .filter((trouble) => trouble !== undefined)
    .reduce<Trouble | undefined>(
      (first, trouble) => (first === undefined || trouble.sinceMs < first.sinceMs ? trouble : first),
      undefined,
    );
}
