// The keys and overlay addresses that belong to nodes. A key belongs to its node in every role: what is one
// node's identity key is no other node's WireGuard key.

import type { IpAddress } from '@mesh/wg';
import type { NodeRecord } from './records.ts';

export class KeysAndAddresses {
  readonly #addresses = new Map<IpAddress, NodeRecord['nodeId']>();
  readonly #keys = new Map<string, NodeRecord['nodeId']>();

  /** Takes over the keys and addresses of a node, in place of those of its record before. */
  replace(before: NodeRecord | undefined, node: NodeRecord): void {
    if (
      before?.addresses === node.addresses &&
      before.identityKey === node.identityKey &&
      before.nextIdentityKey === node.nextIdentityKey &&
      before.wgPublicKeys === node.wgPublicKeys
    )
      return;
    if (before !== undefined) this.remove(before);
    for (const address of node.addresses) this.#addresses.set(address, node.nodeId);
    for (const key of keysOf(node)) this.#keys.set(key, node.nodeId);
  }

  remove(node: NodeRecord): void {
    for (const address of node.addresses) dropOwn(this.#addresses, address, node);
    for (const key of keysOf(node)) dropOwn(this.#keys, key, node);
  }

  /** The node that has the address. */
  nodeWithAddress(address: IpAddress): NodeRecord['nodeId'] | undefined {
    return this.#addresses.get(address);
  }
  /** The node that has the key, as identity key or in a slot. */
  nodeWithKey(publicKey: string): NodeRecord['nodeId'] | undefined {
    return this.#keys.get(publicKey);
  }
}

/** Another node may have it by now. */
function dropOwn<K>(owners: Map<K, NodeRecord['nodeId']>, key: K, { nodeId }: NodeRecord): void {
  if (owners.get(key) === nodeId) owners.delete(key);
}

/** Whether a node's record names the key. */
export function hasKey(node: NodeRecord | undefined, publicKey: string): boolean {
  return node !== undefined && keysOf(node).includes(publicKey);
}

function keysOf({ identityKey, nextIdentityKey, wgPublicKeys }: NodeRecord): string[] {
  const next = nextIdentityKey === undefined ? [] : [nextIdentityKey];
  return [identityKey, ...next, ...Object.values(wgPublicKeys)];
}
