// Peers, keys and configs for the tests of the plan.

import { createHash } from 'node:crypto';
import {
  defined,
  type EpochId,
  encodeBase64,
  type NodeId,
  parseEpochId,
  parseNodeId,
} from '@mesh/primitives';
import {
  parseAllowedIp,
  parseEndpoint,
  parseWgPresharedKey,
  parseWgPrivateKey,
  presharedKeyDigest,
  rotationRole,
  type WgPresharedKey,
  type WgPublicKey,
  wgPublicKeyFromPrivate,
} from '@mesh/wg';
import type { HeldConfig, HeldPeer, KeySet } from '../../src/plan/held-config.ts';
import { type FoundPeer, KEEPALIVE_SECONDS } from '../../src/plan/reconcile.ts';

const bytesOf = (text: string) => new Uint8Array(createHash('sha256').update(text).digest());
const keyCache = new Map<string, WgPublicKey>();

export const node = (name: string): NodeId => parseNodeId(name);
export const epoch = (id: number): EpochId => parseEpochId(id);

export function publicKeyOf(name: string): WgPublicKey {
  const cached = keyCache.get(name);
  if (cached !== undefined) return cached;
  const key = wgPublicKeyFromPrivate(parseWgPrivateKey(encodeBase64(bytesOf(name))));
  keyCache.set(name, key);
  return key;
}

export const SELF = publicKeyOf('self');
export const SELF_B = publicKeyOf('self slot b');

/** A node's key in slot b. */
export const publicKeyBOf = (name: string): WgPublicKey => publicKeyOf(`${name} slot b`);

export function pskOf(epochId: number, name: string): WgPresharedKey {
  return parseWgPresharedKey(encodeBase64(bytesOf(`psk ${epochId} ${name}`)));
}

export function heldPsk(epochId: number, name: string) {
  const presharedKey = pskOf(epochId, name);
  return { presharedKey, digest: presharedKeyDigest(presharedKey) };
}

/** `a` is 1, `b` is 2, …; `n0` is 100, `n1` is 101, … */
function indexOf(name: string): number {
  return name.length === 1 ? name.charCodeAt(0) - 96 : 100 + Number(name.slice(1));
}

export function heldPeer(name: string): HeldPeer {
  const index = indexOf(name);
  const publicKey = publicKeyOf(name);
  return {
    nodeId: node(name),
    publicKey,
    endpoint: parseEndpoint(`192.0.2.${index}:51820`),
    allowedIps: [parseAllowedIp(`10.9.0.${index}`)],
    class: 'default',
    role: rotationRole(SELF, publicKey),
  };
}

export function keySet(epochId: number, names: readonly string[], activateAtMs?: number): KeySet {
  return {
    epochId: epoch(epochId),
    ...defined({ activateAtMs }),
    psks: new Map(names.map((name) => [node(name), heldPsk(epochId, name)])),
  };
}

export function heldConfig(
  names: readonly string[],
  keySets: readonly KeySet[],
  changes: Partial<HeldConfig> = {},
): HeldConfig {
  return {
    version: 'v1',
    epochId: epoch(1),
    allowed: true,
    reason: 'ok',
    reasonCode: 'ok',
    leaseSeconds: 180,
    rotation: 'in_place',
    interface: { addresses: ['10.9.0.250/24'], mtu: 1420 },
    peers: new Map(names.map((name) => [node(name), heldPeer(name)])),
    keySets,
    ...changes,
  };
}

/** Names whose keys make us the initiator, or the responder, of the pair. */
export function namesByRole(role: 'initiator' | 'responder', count: number): string[] {
  const names: string[] = [];
  for (let index = 0; names.length < count; index++) {
    const name = `n${index}`;
    if (rotationRole(SELF, publicKeyOf(name)) === role) names.push(name);
  }
  return names;
}

/** Like `heldPeer`, with a different key, endpoint and role in slot b. */
export function slottedPeer(name: string): HeldPeer {
  const publicKey = publicKeyBOf(name);
  return {
    ...heldPeer(name),
    slotB: {
      publicKey,
      endpoint: parseEndpoint(`192.0.2.${indexOf(name)}:51821`),
      role: rotationRole(SELF_B, publicKey),
    },
  };
}

/** A config for strict rotation. */
export function strictConfig(
  names: readonly string[],
  keySets: readonly KeySet[],
  changes: Partial<HeldConfig> = {},
): HeldConfig {
  return heldConfig(names, keySets, {
    rotation: 'strict',
    leadMs: 20_000,
    peers: new Map(names.map((name) => [node(name), slottedPeer(name)])),
    ...changes,
  });
}

/** Names by our role towards them in one slot. */
export function namesBySlotRole(slot: 'a' | 'b', role: 'initiator' | 'responder', count: number): string[] {
  const names: string[] = [];
  for (let index = 0; names.length < count; index++) {
    const name = `n${index}`;
    const peer = slottedPeer(name);
    if ((slot === 'a' ? peer.role : peer.slotB?.role) === role) names.push(name);
  }
  return names;
}

/** A peer as it is read from the interface, with its key of epoch 4. */
export function foundPeer(name: string, index: number, changes: Partial<FoundPeer> = {}): FoundPeer {
  return {
    publicKey: publicKeyOf(name),
    presharedKeyDigest: presharedKeyDigest(pskOf(4, name)),
    endpoint: parseEndpoint(`192.0.2.${index}:51820`),
    allowedIps: [parseAllowedIp(`10.9.0.${index}`)],
    persistentKeepaliveSeconds: KEEPALIVE_SECONDS,
    ...changes,
  };
}
