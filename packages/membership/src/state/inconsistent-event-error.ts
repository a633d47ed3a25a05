import type { MeshEvent } from '../events/mesh-event.ts';

/** An event that does not fit the state that it is applied to: a bug in the command that made it. */
export class InconsistentEventError extends Error {
  constructor(event: MeshEvent, why: string) {
    super(`event ${event.type} cannot be applied: ${why}`);
    this.name = 'InconsistentEventError';
  }
}
