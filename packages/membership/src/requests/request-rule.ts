// What one kind of officers' request is about, and what it does when enough officers have signed.

import type { JsonValue } from '@mesh/primitives';
import type { Problem, RequestKindName, RequestSubject } from '@mesh/protocol';
import type { Command, CommandContext } from '../commands/outcome.ts';
import type { Actor } from '../events/actor.ts';
import type { MeshView } from '../state/mesh-view.ts';

type Parameters<Kind extends RequestKindName> = RequestSubject<Kind>['parameters'];

export type RequestedState =
  | { readonly kind: 'found'; readonly state: JsonValue }
  /** There is nothing that such a request could be about now. */
  | { readonly kind: 'none'; readonly problem: Problem };

/** Why something happens that officers have signed. */
export interface RequestCause {
  readonly why: string;
  readonly actor: Actor;
}

export interface RequestRule<Kind extends RequestKindName = RequestKindName> {
  /**
   * The part of the present state that the request is made for. If it changes before the request takes
   * effect, the request is stale. It holds nothing that those whom the request is about can change.
   */
  readonly stateFor: (
    parameters: Parameters<Kind>,
    view: MeshView,
    context: CommandContext,
  ) => RequestedState;
  /** What the request does; absent if it only authorises an operator's command (see authority.ts). */
  readonly carryOut?: (parameters: Parameters<Kind>, cause: RequestCause) => Command;
}
