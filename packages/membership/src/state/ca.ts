// The CA that issues certificates, and the one that is about to take its place. Who signs is elsewhere: here
// is what commands and the database need to know.

import type { NodeId } from '@mesh/primitives';
import type { CaEvent } from '../events/ca-event.ts';

export interface NextCa {
  /** SHA-256 of its public key info, base64url. */
  readonly pin: string;
  readonly certificatePem: string;
  /** Its private key, sealed under the master key. */
  readonly sealedKey: Uint8Array;
  /** The nodes that have come with a certificate of it: they have stored that it is trusted. */
  readonly trustedBy: ReadonlySet<NodeId>;
}

export interface CaState {
  /** Of the CA that the controller's own certificates come from; undefined if there is no CA yet. */
  readonly pin: string | undefined;
  /** Undefined: no rotation is under way. */
  readonly next: NextCa | undefined;
}

export const NO_CA: CaState = { pin: undefined, next: undefined };

/** @returns undefined if the event does not fit the state: a bug in the command that made it */
export function caAfter(before: CaState, event: CaEvent): CaState | undefined {
  if (event.type === 'ca_rotation_started') {
    const { pin, nextPin, certificatePem, sealedKey } = event;
    if (before.next !== undefined) return undefined;
    return { pin, next: { pin: nextPin, certificatePem, sealedKey, trustedBy: new Set() } };
  }
  const { next } = before;
  if (next === undefined || next.pin !== event.nextPin) return undefined;
  if (event.type === 'ca_rotation_finished') return { pin: next.pin, next: undefined };
  return { ...before, next: { ...next, trustedBy: new Set([...next.trustedBy, event.nodeId]) } };
}
