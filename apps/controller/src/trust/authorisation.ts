// What one operator may do alone. Where the mesh has officers, the rest needs their signatures.

import type { MeshView } from '@mesh/membership';

/** `class.weaken`: to give a node a class that asks less of it, or gives it more. */
export type CriticalAction = 'class.weaken';

export interface Authorisation {
  mayAlone(action: CriticalAction): boolean;
}

/** Without officers there is nobody to ask, so the operator may. */
export function authorisationOf(view: Pick<MeshView, 'officers'>): Authorisation {
  return { mayAlone: () => view.officers() === undefined };
}
