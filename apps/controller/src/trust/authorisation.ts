// What one operator may do alone. Where the mesh has officers, the rest needs their signatures.

/** `class.weaken`: to give a node a class that asks less of it, or gives it more. */
export type CriticalAction = 'class.weaken';

export interface Authorisation {
  mayAlone(action: CriticalAction): boolean;
}

/** Without officers there is nobody to ask, so the operator may. */
export function authorisationOf(officers: readonly unknown[]): Authorisation {
  return { mayAlone: () => officers.length === 0 };
}
