// What happens when another key takes over the signing of configs, and the log entries of it. The signed
// lists are in the log as they are, so that its readers can follow the chain.

import { formatRfc3339, type JsonValue, type NodeId } from '@mesh/primitives';
import type { ConfigKeyList } from '@mesh/protocol';
import { type Actor, causeFields } from './actor.ts';

/** A step that brings a new list of config keys. */
interface ListStep {
  readonly list: ConfigKeyList;
  readonly why: string;
  readonly actor: Actor;
}

export type ConfigKeyEvent =
  /** From here on nodes are told of the next key. */
  | ({
      readonly type: 'config_key_prepared';
      /** The private half of the next key, sealed under the master key. It is not in the log. */
      readonly sealedKey: Uint8Array;
    } & ListStep)
  /** A node has stored the list that was made at this moment. */
  | { readonly type: 'config_key_confirmed'; readonly nodeId: NodeId; readonly listMadeAtMs: number }
  /** From here on the next key signs. */
  | {
      readonly type: 'config_key_switched';
      readonly publicKey: string;
      readonly nextPublicKey: string;
      /** The nodes that had not confirmed the next key. */
      readonly notConfirmed: readonly NodeId[];
      readonly why: string;
      readonly actor: Actor;
    }
  /** The key that signed before is destroyed. */
  | ({ readonly type: 'config_key_finished' } & ListStep)
  /** The next key is destroyed before it has signed anything. */
  | ({ readonly type: 'config_key_aborted' } & ListStep);

/** What an entry shows. */
export function configKeyLogData(event: ConfigKeyEvent): { readonly [name: string]: JsonValue } {
  switch (event.type) {
    case 'config_key_prepared':
    case 'config_key_finished':
    case 'config_key_aborted':
      return { list: event.list as unknown as JsonValue, ...causeFields(event) };
    case 'config_key_confirmed':
      return { list_made_at: formatRfc3339(event.listMadeAtMs) };
    case 'config_key_switched':
      return {
        config_key: event.publicKey,
        next_config_key: event.nextPublicKey,
        not_confirmed: event.notConfirmed.length,
        ...causeFields(event),
      };
    default:
      return event satisfies never;
  }
}
