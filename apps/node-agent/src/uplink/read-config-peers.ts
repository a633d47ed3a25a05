// A config's peers → peers as they are held. Pure. One that cannot be read is left out and reported; what it still can do
// without, its endpoint or its slot b, is left out alone.

import type { NodeId } from '@mesh/primitives';
import type { ConfigPeer } from '@mesh/protocol';
import {
  type Cidr,
  isUsableUnderlay,
  parseAllowedIp,
  parseEndpoint,
  parseWgPublicKey,
  rotationRole,
  type WgPublicKey,
} from '@mesh/wg';
import type { HeldPeer, HeldSlot } from '../plan/held-config.ts';
import { parsePairLimit } from '../plan/pair-limit.ts';

/** The node's own, against which its peers are read. */
export interface ReadingNode {
  readonly publicKey: WgPublicKey;
  /** Of slot b. */
  readonly publicKeyB: WgPublicKey;
  /** The mesh's, as told at enrolment: no endpoint lies within them. */
  readonly overlayNetworks: readonly Cidr[];
}

export function readConfigPeers(
  peers: readonly ConfigPeer[],
  self: ReadingNode,
  faults: string[],
): Map<NodeId, HeldPeer> {
  const read = new Map<NodeId, HeldPeer>();
  for (const peer of peers) {
    try {
      const publicKey = parseWgPublicKey(peer.public_keys.a);
      const endpoint = readEndpoint(peer.node_id, peer.endpoint, self.overlayNetworks, faults);
      const slotB = readSlotB(peer, self, faults);
      const limit = peer.limit === undefined ? undefined : parsePairLimit(peer.limit.bits_per_second);
      read.set(peer.node_id, {
        nodeId: peer.node_id,
        publicKey,
        ...(endpoint === undefined ? {} : { endpoint }),
        allowedIps: peer.allowed_ips.map(parseAllowedIp),
        class: peer.class,
        ...(limit === undefined ? {} : { limit }),
        role: rotationRole(self.publicKey, publicKey),
        ...(slotB === undefined ? {} : { slotB }),
      });
    } catch (error) {
      faults.push(
        `peer ${peer.node_id} is left out: ${error instanceof Error ? error.message : 'unreadable'}`,
      );
    }
  }
  return read;
}

/** Nothing about slot b keeps a peer out of slot a. */
function readSlotB(peer: ConfigPeer, self: ReadingNode, faults: string[]): HeldSlot | undefined {
  if (peer.public_keys.b === undefined) return undefined;
  try {
    const publicKey = parseWgPublicKey(peer.public_keys.b);
    const endpoint = readEndpoint(peer.node_id, peer.endpoint_b, self.overlayNetworks, faults);
    return {
      publicKey,
      ...(endpoint === undefined ? {} : { endpoint }),
      role: rotationRole(self.publicKeyB, publicKey),
    };
  } catch (error) {
    faults.push(`slot b of ${peer.node_id}: ${error instanceof Error ? error.message : 'unreadable'}`);
    return undefined;
  }
}

/** A peer whose endpoint makes no sense, or would aim this node's tunnel at the node itself, can still speak first. */
function readEndpoint(
  nodeId: NodeId,
  text: string | null | undefined,
  overlayNetworks: readonly Cidr[],
  faults: string[],
) {
  if (text === null || text === undefined) return undefined;
  try {
    const endpoint = parseEndpoint(text);
    if (isUsableUnderlay(endpoint.host, overlayNetworks)) return endpoint;
    faults.push(
      `the endpoint of ${nodeId}: ${endpoint.host} is no address of another host outside the tunnel`,
    );
    return undefined;
  } catch (error) {
    faults.push(`the endpoint of ${nodeId}: ${error instanceof Error ? error.message : 'unreadable'}`);
    return undefined;
  }
}
