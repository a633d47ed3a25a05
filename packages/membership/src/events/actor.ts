// Who caused a change of the mesh, and how a log entry says so.

/**
 * - `socket`: somebody who could open the administration socket. Node does not tell the user id at the other
 *   end.
 * - `key`: an API key; `id` is the key's public id.
 * - `certificate`: a client certificate of the admin CA; `id` is its common name.
 * - `oidc`: a person who signed in to the dashboard by OpenID Connect; `id` is `<issuer's host>/<sub>`.
 * - `officers`: as many officers as had to sign a request; `id` is the id of that request.
 * - `node`: a node, by its own message; `id` is the node's id.
 * - `system`: the controller itself, by its clock, its configuration, a signal or a command of
 *   `mesh-controller`.
 */
export type Actor =
  | { readonly kind: 'socket' | 'system' }
  | { readonly kind: 'key' | 'certificate' | 'oidc' | 'officers' | 'node'; readonly id: string };

/**
 * The fields of a log entry that name the actor. In entries of earlier versions, `actor` is `operator` for
 * the administration socket.
 */
export function actorFields(actor: Actor): { readonly actor: string; readonly actor_id?: string } {
  return 'id' in actor ? { actor: actor.kind, actor_id: actor.id } : { actor: actor.kind };
}

/** {@link actorFields}, and why the actor did it. */
export function causeFields({ actor, why }: { readonly actor: Actor; readonly why: string }): {
  readonly actor: string;
  readonly actor_id?: string;
  readonly why: string;
} {
  return { ...actorFields(actor), why };
}
