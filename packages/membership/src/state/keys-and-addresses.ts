// The keys and overlay addresses that belong to nodes. They are fixed at a node's enrolment, and no later
// event changes them.

import type { IdentityKey } from '@mesh/primitives';
import type { IpAddress } from '@mesh/wg';
import type { NodeRecord } from './records.ts';

export class KeysAndAddresses {
  readonly addresses = new Set<IpAddress>();
  readonly identityKeys = new Set<IdentityKey>();
  /** Of both slots. */
  readonly wgKeys = new Set<string>();

  /** Adds those of a node. Call it when the node is new. */
  add({ addresses, identityKey, wgPublicKeys }: NodeRecord): void {
    for (const address of addresses) this.addresses.add(address);
    this.identityKeys.add(identityKey);
    for (const key of Object.values(wgPublicKeys)) this.wgKeys.add(key);
  }
}
