// Desired peers against the peers found on the interface → the steps that make them equal. Pure, and independent of
// the order of either. Endpoints that WireGuard learnt are left alone: one is set only where there is none, or where
// the config's own endpoint has changed since it was last set.

import type { Endpoint, WgDevicePeer, WgPublicKey } from '@mesh/wg';
import { sameMembers } from '../tunnel/same-members.ts';
import type { NewPeer, PeerUpdate, PresharedKeyChange } from '../tunnel/tunnel.ts';
import type { Desired, DesiredPeer } from './desired-peers.ts';

/** Re-admits a peer in under 10 ms where without it the first packet can wait 15 s. */
export const KEEPALIVE_SECONDS = 25;

export type FoundPeer = Pick<
  WgDevicePeer,
  'publicKey' | 'presharedKeyDigest' | 'endpoint' | 'allowedIps' | 'persistentKeepaliveSeconds'
>;

/** What the agent remembers of its own doing, to tell a stranger's hand from its own. */
export interface ReconcileMemory {
  /** The endpoint of the config when it was last set, by peer. */
  readonly endpoints: ReadonlyMap<WgPublicKey, Endpoint>;
}

export interface Plan {
  /** Always first. */
  readonly remove: readonly WgPublicKey[];
  readonly setPsks: readonly PresharedKeyChange[];
  readonly update: readonly PeerUpdate[];
  /** New peers, and altered ones to be put right in place. */
  readonly add: readonly NewPeer[];
  /** Peers in the config that wait for a key. */
  readonly waiting: readonly WgPublicKey[];
}

export const EMPTY_PLAN: Plan = { remove: [], setPsks: [], update: [], add: [], waiting: [] };

export function isSettled(plan: Plan): boolean {
  return plan.remove.length + plan.setPsks.length + plan.update.length + plan.add.length === 0;
}

export function reconcile(
  desired: Desired,
  interfacePeers: readonly FoundPeer[],
  memory: ReconcileMemory,
): Plan {
  if (desired.kind === 'unknown') return EMPTY_PLAN;
  const wanted: ReadonlyMap<WgPublicKey, DesiredPeer> = desired.kind === 'peers' ? desired.peers : new Map();
  const here = new Map(interfacePeers.map((peer) => [peer.publicKey, peer]));
  const plan = {
    remove: [] as WgPublicKey[],
    setPsks: [] as PresharedKeyChange[],
    update: [] as PeerUpdate[],
    add: [] as NewPeer[],
    waiting: [] as WgPublicKey[],
  };
  for (const found of interfacePeers) {
    const { publicKey } = found;
    const peer = wanted.get(publicKey);
    if (peer !== undefined) {
      // Its session is of another epoch and goes with it; the next step adds the peer anew.
      if (isOfAnotherEpoch(peer, found)) plan.remove.push(publicKey);
      continue;
    }
    plan.remove.push(publicKey);
  }
  for (const peer of wanted.values()) {
    const onInterface = here.get(peer.publicKey);
    if (onInterface === undefined) planMissing(peer, plan);
    else if (!isOfAnotherEpoch(peer, onInterface)) planPresent(peer, onInterface, memory, plan);
  }
  return plan;
}

function hasOtherKey({ key }: DesiredPeer, found: FoundPeer): boolean {
  return key !== undefined && key.digest !== found.presharedKeyDigest;
}

function isOfAnotherEpoch(peer: DesiredPeer, found: FoundPeer): boolean {
  return peer.onNewKey === 'replace' && hasOtherKey(peer, found);
}

function planMissing(peer: DesiredPeer, plan: { add: NewPeer[]; waiting: WgPublicKey[] }): void {
  const added = newPeer(peer);
  if (added === undefined) plan.waiting.push(peer.publicKey);
  else plan.add.push(added);
}

function planPresent(
  peer: DesiredPeer,
  found: FoundPeer,
  memory: ReconcileMemory,
  plan: { setPsks: PresharedKeyChange[]; update: PeerUpdate[]; add: NewPeer[] },
): void {
  const { publicKey, key } = peer;
  if (key !== undefined && hasOtherKey(peer, found)) {
    plan.setPsks.push({ publicKey, presharedKey: key.presharedKey });
  }
  const endpoint = endpointToSet(peer.endpoint, found, memory.endpoints.get(publicKey));
  const otherIps = !sameMembers(found.allowedIps, peer.allowedIps);
  if (endpoint !== undefined || otherIps) {
    plan.update.push({
      publicKey,
      ...(endpoint === undefined ? {} : { endpoint }),
      ...(otherIps ? { allowedIps: peer.allowedIps } : {}),
    });
  }
  const { keepaliveSeconds } = peer;
  if ((found.persistentKeepaliveSeconds ?? 0) !== (keepaliveSeconds ?? KEEPALIVE_SECONDS)) {
    const repaired = newPeer(peer);
    if (repaired !== undefined) plan.add.push(repaired);
  }
}

function newPeer(peer: DesiredPeer): NewPeer | undefined {
  if (peer.key === undefined) return undefined;
  return {
    publicKey: peer.publicKey,
    presharedKey: peer.key.presharedKey,
    ...(peer.endpoint === undefined ? {} : { endpoint: peer.endpoint }),
    allowedIps: peer.allowedIps,
    persistentKeepaliveSeconds: peer.keepaliveSeconds ?? KEEPALIVE_SECONDS,
  };
}

function endpointToSet(
  configured: Endpoint | undefined,
  found: FoundPeer,
  lastSet: Endpoint | undefined,
): Endpoint | undefined {
  if (configured === undefined) return undefined;
  if (found.endpoint === undefined) return configured;
  if (lastSet === undefined) return undefined;
  return lastSet.host === configured.host && lastSet.port === configured.port ? undefined : configured;
}
