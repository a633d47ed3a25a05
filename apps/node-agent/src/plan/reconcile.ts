// Desired peers against the peers found on the interface → the steps that make them equal. Pure, and independent of
// the order of either. Endpoints that WireGuard learnt are left alone: one is set only where there is none, or where
// the config's own endpoint has changed since it was last set.

import type { EpochId, NodeId } from '@mesh/primitives';
import type { Endpoint, WgDevicePeer, WgPublicKey } from '@mesh/wg';
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
  /** Every public key that a config of this run has named. */
  readonly known: { has(publicKey: WgPublicKey): boolean };
  /** The endpoint of the config when it was last set, by peer. */
  readonly endpoints: ReadonlyMap<WgPublicKey, Endpoint>;
  /** The epoch whose key each peer was last seen to hold, when everything was as planned. */
  readonly applied: ReadonlyMap<NodeId, EpochId>;
}

export type Finding =
  /** A peer that no config ever named. */
  | { readonly kind: 'foreign_peer'; readonly publicKey: WgPublicKey }
  /** A peer that was there, and that nothing has told the agent to remove. */
  | { readonly kind: 'missing_peer'; readonly publicKey: WgPublicKey }
  /** Something of it is not what the agent set. */
  | {
      readonly kind: 'altered_peer';
      readonly publicKey: WgPublicKey;
      readonly what: 'preshared_key' | 'allowed_ips' | 'keepalive';
    };

export interface Plan {
  /** Always first. */
  readonly remove: readonly WgPublicKey[];
  readonly setPsks: readonly PresharedKeyChange[];
  readonly update: readonly PeerUpdate[];
  /** New peers, and altered ones to be put right in place. */
  readonly add: readonly NewPeer[];
  /** Peers in the config that wait for a key. */
  readonly waiting: readonly WgPublicKey[];
  readonly findings: readonly Finding[];
}

export const EMPTY_PLAN: Plan = { remove: [], setPsks: [], update: [], add: [], waiting: [], findings: [] };

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
    findings: [] as Finding[],
  };
  for (const found of interfacePeers) {
    const { publicKey } = found;
    const peer = wanted.get(publicKey);
    if (peer !== undefined) {
      if (hasOtherKey(peer, found) && wasApplied(peer, memory))
        plan.findings.push({ kind: 'altered_peer', publicKey, what: 'preshared_key' });
      // Its session is of another epoch and goes with it; the next step adds the peer anew.
      if (isOfAnotherEpoch(peer, found)) plan.remove.push(publicKey);
      continue;
    }
    plan.remove.push(publicKey);
    if (!memory.known.has(publicKey)) plan.findings.push({ kind: 'foreign_peer', publicKey });
  }
  for (const peer of wanted.values()) {
    const onInterface = here.get(peer.publicKey);
    if (onInterface === undefined) planMissing(peer, memory, plan);
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

/** Whether the peer has held the very key that it is to hold now. */
function wasApplied({ nodeId, key }: DesiredPeer, { applied }: ReconcileMemory): boolean {
  return key !== undefined && applied.get(nodeId) === key.epochId;
}

function planMissing(
  peer: DesiredPeer,
  memory: ReconcileMemory,
  plan: { add: NewPeer[]; waiting: WgPublicKey[]; findings: Finding[] },
): void {
  if (wasApplied(peer, memory)) plan.findings.push({ kind: 'missing_peer', publicKey: peer.publicKey });
  const added = newPeer(peer);
  if (added === undefined) plan.waiting.push(peer.publicKey);
  else plan.add.push(added);
}

function planPresent(
  peer: DesiredPeer,
  found: FoundPeer,
  memory: ReconcileMemory,
  plan: { setPsks: PresharedKeyChange[]; update: PeerUpdate[]; add: NewPeer[]; findings: Finding[] },
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
  if (otherIps) plan.findings.push({ kind: 'altered_peer', publicKey, what: 'allowed_ips' });
  const { keepaliveSeconds } = peer;
  if ((found.persistentKeepaliveSeconds ?? 0) !== (keepaliveSeconds ?? KEEPALIVE_SECONDS)) {
    const repaired = newPeer(peer);
    if (repaired === undefined) return;
    // Where the plan itself changes it from one instant to the next, nobody can tell whose hand it was.
    if (keepaliveSeconds === undefined)
      plan.findings.push({ kind: 'altered_peer', publicKey, what: 'keepalive' });
    plan.add.push(repaired);
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

function sameMembers(one: readonly string[], other: readonly string[]): boolean {
  const members = new Set(one);
  return members.size === new Set(other).size && other.every((value) => members.has(value));
}
