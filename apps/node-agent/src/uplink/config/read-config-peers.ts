// Reads a config's peers in the form in which they are held. Pure. A peer that cannot be read is left out and
// reported. If only its endpoint or its slot b cannot be read, only that is left out, because the peer works
// without it.

import { defined, type NodeId } from '@mesh/primitives';
import type { ConfigPeer } from '@mesh/protocol';
import {
  type Cidr,
  type Endpoint,
  isUsableUnderlay,
  parseAllowedIp,
  parseEndpoint,
  parseWgPublicKey,
  rotationRole,
  type WgPublicKey,
} from '@mesh/wg';
import { type OnlyService, parseOnlyService, parsePairLimit } from '@mesh/wg-device';
import type { HeldPeer, HeldSlot } from '../../plan/held-config.ts';
import { gathered, type Reading, read, unreadable } from './reading.ts';

/** The node's own keys and networks, against which its peers are read. */
export interface ReadingNode {
  readonly publicKey: WgPublicKey;
  /** Of slot b. */
  readonly publicKeyB: WgPublicKey;
  /** The networks of the mesh, from enrolment. Endpoints within them are not used. */
  readonly overlayNetworks: readonly Cidr[];
}

export function readConfigPeers(
  peers: readonly ConfigPeer[],
  self: ReadingNode,
): Reading<ReadonlyMap<NodeId, HeldPeer>> {
  const { value, faults } = gathered(peers.map((peer) => readPeer(peer, self)));
  return { value: new Map(value.map((peer) => [peer.nodeId, peer])), faults };
}

function readPeer(peer: ConfigPeer, self: ReadingNode): Reading<HeldPeer | undefined> {
  let faults: readonly string[] = [];
  try {
    const publicKey = parseWgPublicKey(peer.public_keys.a);
    const endpoint = readEndpoint(peer.node_id, peer.endpoint, self.overlayNetworks);
    const slotB = readSlotB(peer, self);
    faults = [...endpoint.faults, ...slotB.faults];
    const limit = peer.limit === undefined ? undefined : parsePairLimit(peer.limit.bits_per_second);
    const value = {
      nodeId: peer.node_id,
      publicKey,
      ...defined({ endpoint: endpoint.value }),
      allowedIps: peer.allowed_ips.map(parseAllowedIp),
      class: peer.class,
      ...defined({ limit, onlyService: readOnlyService(peer) }),
      role: rotationRole(self.publicKey, publicKey),
      ...defined({ slotB: slotB.value, useOfSlotB: peer.use_slot_b }),
    };
    return { value, faults };
  } catch (error) {
    return unreadable(`peer ${peer.node_id} is left out`, error, faults);
  }
}

/** @throws if half of it is missing: the peer must not have more than was meant */
function readOnlyService({ service_port: port, service_of: of }: ConfigPeer): OnlyService | undefined {
  if (port === undefined && of === undefined) return undefined;
  return parseOnlyService({ port: port ?? Number.NaN, of: of ?? '' });
}

/** Reads the peer's slot b. A fault in it does not keep the peer out of slot a. */
function readSlotB(peer: ConfigPeer, self: ReadingNode): Reading<HeldSlot | undefined> {
  if (peer.public_keys.b === undefined) return read(undefined);
  let faults: readonly string[] = [];
  try {
    const publicKey = parseWgPublicKey(peer.public_keys.b);
    const endpoint = readEndpoint(peer.node_id, peer.endpoint_b, self.overlayNetworks);
    faults = endpoint.faults;
    const role = rotationRole(self.publicKeyB, publicKey);
    return { value: { publicKey, ...defined({ endpoint: endpoint.value }), role }, faults };
  } catch (error) {
    return unreadable(`slot b of ${peer.node_id}`, error, faults);
  }
}

/**
 * Reads the peer's endpoint. If it is invalid or would point this node's tunnel at the node itself, it is
 * left out, and the peer can still speak first.
 */
function readEndpoint(
  nodeId: NodeId,
  text: string | null | undefined,
  overlayNetworks: readonly Cidr[],
): Reading<Endpoint | undefined> {
  if (text === null || text === undefined) return read(undefined);
  const what = `the endpoint of ${nodeId}`;
  try {
    const endpoint = parseEndpoint(text);
    if (isUsableUnderlay(endpoint.host, overlayNetworks)) return read(endpoint);
    const fault = `${what}: ${endpoint.host} is no address of another host outside the tunnel`;
    return { value: undefined, faults: [fault] };
  } catch (error) {
    return unreadable(what, error);
  }
}
