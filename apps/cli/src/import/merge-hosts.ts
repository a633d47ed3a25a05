// Puts together what several files of WireGuard say of the same hosts.

import type { WgPublicKey } from '@mesh/wg';
import { type ImportedNode, nodeIdFrom } from './imported-node.ts';
import type { WireGuardHost } from './read-wireguard.ts';

/**
 * One node for each public key. Where several say what it is called, the first counts.
 *
 * @param names the ids of some of them, by public key; they count before all others
 */
export function mergeHosts(
  hosts: readonly WireGuardHost[],
  names: ReadonlyMap<WgPublicKey, ImportedNode['id']>,
  nodeClass: string | undefined,
): readonly ImportedNode[] {
  const byKey = Map.groupBy(hosts, ({ publicKey }) => publicKey);
  return [...byKey].map(([publicKey, same]) => ({
    id: names.get(publicKey) ?? firstId(same) ?? keyId(publicKey),
    class: nodeClass,
    addresses: [...new Set(same.flatMap(({ addresses }) => addresses))],
    endpoint: same.find(({ endpoint }) => endpoint !== undefined)?.endpoint,
    origin: publicKey,
  }));
}

function firstId(hosts: readonly WireGuardHost[]): ImportedNode['id'] | undefined {
  for (const { name } of hosts) {
    const id = name === undefined ? undefined : nodeIdFrom(name);
    if (id !== undefined) return id;
  }
  return undefined;
}

/** For a host without a name: `peer-` and the first letters and digits of its key, as `wg show` prints it. */
function keyId(publicKey: WgPublicKey): ImportedNode['id'] {
  return nodeIdFrom(`peer-${publicKey.replaceAll(/[^A-Za-z0-9]/g, '').slice(0, 8)}`) as ImportedNode['id'];
}
