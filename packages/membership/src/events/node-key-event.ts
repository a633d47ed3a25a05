// What happens to the keys of a node, and the log entries of it.

import { formatRfc3339, type IdentityKey, type JsonValue, type NodeId } from '@mesh/primitives';

/** WireGuard public keys by slot, strict base64. */
export interface WgPublicKeys {
  readonly a: string;
  readonly b?: string | undefined;
}

export type NodeKeyEvent =
  /** The node has replaced WireGuard keys by its own request. Those before are spent. */
  | { readonly type: 'wg_keys_changed'; readonly nodeId: NodeId; readonly wgPublicKeys: WgPublicKeys }
  /** The node will have this identity key from the first request over a certificate for it. */
  | { readonly type: 'identity_key_announced'; readonly nodeId: NodeId; readonly identityKey: IdentityKey }
  /** The node has used the key that it announced. The one before is spent. */
  | { readonly type: 'identity_key_changed'; readonly nodeId: NodeId; readonly identityKey: IdentityKey }
  | {
      readonly type: 'certificate_issued';
      readonly nodeId: NodeId;
      readonly serial: string;
      readonly notAfterMs: number;
    };

/** The public part of the entry. It has no erasable part. */
export function nodeKeyData(event: NodeKeyEvent): { readonly [name: string]: JsonValue } {
  switch (event.type) {
    case 'wg_keys_changed':
      return { wg_public_keys: slotKeys(event.wgPublicKeys) };
    case 'identity_key_announced':
    case 'identity_key_changed':
      return { identity_key: event.identityKey };
    case 'certificate_issued':
      return { serial: event.serial, not_after: formatRfc3339(event.notAfterMs) };
    default:
      return event satisfies never;
  }
}

/** The keys as log entries hold them. */
export function slotKeys({ a, b }: WgPublicKeys): { a: string; b?: string } {
  return b === undefined ? { a } : { a, b };
}
