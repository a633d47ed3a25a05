// Refuses keys that another node has, and keys that no node may have again. A key counts in every role: a
// revoked identity key does not come back as a WireGuard key, nor a WireGuard key in another slot or as an
// identity.

import type { IdentityKey } from '@mesh/primitives';
import { type Problem, problem } from '@mesh/protocol';
import type { Policy } from '@mesh/scoring';
import type { WgPublicKeys } from '../events/node-key-event.ts';
import type { MeshView } from '../state/mesh-view.ts';
import { formsOfIdentity } from '../state/spent-keys.ts';

/** @param keys of a node that is to have them from now on, and has none of them yet */
export function findKeysObjection(
  view: MeshView,
  keys: { readonly identityKey: IdentityKey; readonly wgPublicKeys: WgPublicKeys },
): Problem | undefined {
  return findNamedKeysObjection(view, [
    ...formsOfIdentity(keys.identityKey),
    ...Object.values(keys.wgPublicKeys),
  ]);
}

/** @param named public keys in base64, each in every form in which it counts */
export function findNamedKeysObjection(view: MeshView, named: readonly string[]): Problem | undefined {
  if (named.some((key) => view.isKeySpent(key)))
    return problem(
      'key_spent',
      'a key of this request was one of a node before, and no node may have it again; make new keys (mesh-agent enrol in a new state directory)',
    );
  if (named.some((key) => view.nodeWithKey(key) !== undefined) || new Set(named).size < named.length)
    return problem(
      'node_exists',
      'a key of this request belongs to a node that is enrolled, or has two roles; enrol from a state directory of its own',
    );
  return undefined;
}

/** An Ed25519 key of somebody who is not a node. */
interface NamedIdentity {
  /** For the refusal. */
  readonly whose: string;
  readonly publicKey: string;
}

/** Refuses keys that were a node's: who took that node over may have them. */
export function findSpentIdentitiesObjection(
  view: MeshView,
  identities: readonly NamedIdentity[],
): Problem | undefined {
  for (const { whose, publicKey } of identities)
    if (formsOfIdentity(publicKey as IdentityKey).some((form) => view.isKeySpent(form)))
      return problem('key_spent', `${whose}: the key ${publicKey} was one of a node before; make a new one`);
  return undefined;
}

/** Refuses attestors that the policy in force does not name yet and whose keys were a node's. */
export function findAttestorsObjection(view: MeshView, { attestors = {} }: Policy): Problem | undefined {
  const known = Object.values(view.policies().active?.policy.attestors ?? {});
  const added = Object.entries(attestors).filter(([, publicKey]) => !known.includes(publicKey));
  return findSpentIdentitiesObjection(
    view,
    added.map(([keyId, publicKey]) => ({ whose: `attestor ${keyId}`, publicKey })),
  );
}
