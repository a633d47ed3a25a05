// What happens when another CA takes the place of the present one, and the log entries of it. Pins are
// base64url of SHA-256 over a CA's public key info.

import type { JsonValue, NodeId } from '@mesh/primitives';
import { type Actor, causeFields } from './actor.ts';

export type CaEvent =
  /** From here on both CAs are trusted, and the next one issues the nodes' certificates. */
  | {
      readonly type: 'ca_rotation_started';
      readonly pin: string;
      readonly nextPin: string;
      readonly certificatePem: string;
      /** The private key of the next CA, sealed under the master key. It is not in the log. */
      readonly sealedKey: Uint8Array;
      readonly why: string;
      readonly actor: Actor;
    }
  /** A node has come with a certificate of the next CA. */
  | { readonly type: 'ca_trusted'; readonly nodeId: NodeId; readonly nextPin: string }
  /** The next CA is the only one, and the key of the one before is destroyed. */
  | {
      readonly type: 'ca_rotation_finished';
      readonly pin: string;
      readonly nextPin: string;
      /** The nodes that had not come with a certificate of the next CA: they have to enrol again. */
      readonly notReady: readonly NodeId[];
      readonly why: string;
      readonly actor: Actor;
    };

/** What an entry shows. */
export function caLogData(event: CaEvent): { readonly [name: string]: JsonValue } {
  switch (event.type) {
    case 'ca_rotation_started':
      return {
        ca_pin: event.pin,
        next_ca_pin: event.nextPin,
        ...causeFields(event),
      };
    case 'ca_trusted':
      return { next_ca_pin: event.nextPin };
    case 'ca_rotation_finished':
      return {
        ca_pin: event.pin,
        next_ca_pin: event.nextPin,
        not_ready: event.notReady.length,
        ...causeFields(event),
      };
    default:
      return event satisfies never;
  }
}
