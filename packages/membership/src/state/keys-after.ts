// How a node's keys change with its events, and which keys are spent by that.

import type { NodeKeyEvent } from '../events/node-key-event.ts';
import type { NodeRecord, SpentKey } from './records.ts';
import { spentIdentity } from './spent-keys.ts';

/** What changes in the record, and the keys that no node may have from now on. */
export function keysAfter(
  { nodeId, wgPublicKeys: { a, b }, identityKey, nextIdentityKey }: NodeRecord,
  event: NodeKeyEvent,
): { readonly changed: Partial<NodeRecord>; readonly spent: readonly SpentKey[] } {
  switch (event.type) {
    case 'wg_keys_changed': {
      const stay = Object.values(event.wgPublicKeys);
      const gone = [a, ...(b === undefined ? [] : [b])].filter((key) => !stay.includes(key));
      return {
        changed: { wgPublicKeys: event.wgPublicKeys },
        spent: gone.map((publicKey) => ({ publicKey, nodeId })),
      };
    }
    case 'identity_key_announced':
      return {
        changed: { nextIdentityKey: event.identityKey },
        spent: nextIdentityKey === undefined ? [] : spentIdentity(nodeId, nextIdentityKey),
      };
    case 'identity_key_changed':
      return {
        changed: { identityKey: event.identityKey, nextIdentityKey: undefined },
        spent: spentIdentity(nodeId, identityKey),
      };
    case 'certificate_issued':
      return {
        changed: { certificate: { serial: event.serial, notAfterMs: event.notAfterMs } },
        spent: [],
      };
    default:
      return event satisfies never;
  }
}
