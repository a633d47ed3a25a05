// The text of a `set` to a userspace WireGuard's socket (https://www.wireguard.com/xplatform/, "configuration
// protocol"). A set is not a transaction: one that fails at its second peer has applied the first. So
// everything is validated before a byte is written, and the caller reads back.

import { type Cidr, parseCidr } from './cidr.ts';
import type { WgPeer } from './config-types.ts';
import type { PeerDiff, PeerUpdate } from './diff-peers.ts';
import { type Endpoint, formatEndpoint } from './endpoint.ts';
import { WgError } from './errors.ts';
import {
  presharedKeyHex,
  privateKeyHex,
  publicKeyHex,
  reportedPublicKeyHex,
  type WgPresharedKey,
  type WgPrivateKey,
  type WgPublicKey,
} from './keys.ts';
import { checkInteger, MAX_FWMARK, MAX_KEEPALIVE_SECONDS, MAX_PORT } from './numbers.ts';

/** Removes a peer and its sessions. It is not an error if the peer is not there. */
export interface UapiPeerRemoval {
  readonly publicKey: WgPublicKey;
  readonly remove: true;
  readonly updateOnly?: never;
  readonly presharedKey?: never;
  readonly endpoint?: never;
  readonly replaceAllowedIps?: never;
  readonly allowedIps?: never;
  readonly persistentKeepaliveSeconds?: never;
}

/** Changes an existing peer; does nothing if there is none. Only this can set a preshared key alone. */
export interface UapiPeerUpdate {
  readonly publicKey: WgPublicKey;
  readonly remove?: never;
  readonly updateOnly: true;
  /** `null` removes the key. */
  readonly presharedKey?: WgPresharedKey | null;
  readonly endpoint?: Endpoint;
  readonly replaceAllowedIps?: true;
  readonly allowedIps?: readonly Cidr[];
  /** 0 turns it off. */
  readonly persistentKeepaliveSeconds?: number;
}

/**
 * Makes a peer or changes the existing one. Allowed IPs are required, so that nobody forgets them for a new
 * peer.
 */
export interface UapiPeerAddition extends Omit<UapiPeerUpdate, 'updateOnly'> {
  readonly updateOnly?: never;
  readonly allowedIps: readonly Cidr[];
}

export type UapiPeerChange = UapiPeerRemoval | UapiPeerUpdate | UapiPeerAddition;

export interface UapiSet {
  readonly privateKey?: WgPrivateKey;
  /** 0 lets the device choose. */
  readonly listenPort?: number;
  /** 0 removes the mark. */
  readonly fwmark?: number;
  /** Not offered, because it would drop every session of the device. */
  readonly replacePeers?: never;
  readonly peers: readonly UapiPeerChange[];
}

/**
 * Writes `set=1`, the device's own keys, then the peers in the given order, then the empty line that ends the
 * request:
 *
 *     public_key, [update_only | remove], preshared_key, endpoint, persistent_keepalive_interval,
 *     replace_allowed_ips, allowed_ip …
 *
 * Keys are lower-case hex. The text is a string with secrets, which cannot be zeroed: write it and drop it.
 * @throws WgError with the code of the faulty field, `duplicate_peer`, `duplicate_allowed_ip`, or
 *   `invalid_change` for a change that could create a peer (no `updateOnly`, `remove` or `allowedIps`) or
 *   that would replace all peers
 */
export function renderUapiSet(set: UapiSet): string {
  if (Object.hasOwn(set, 'replacePeers') && set.replacePeers !== undefined) {
    throw new WgError('invalid_change', 'replacing all peers drops every session: remove peers one by one');
  }
  let text = 'set=1\n';
  if (set.privateKey !== undefined) text += `private_key=${privateKeyHex(set.privateKey)}\n`;
  if (set.listenPort !== undefined) {
    text += `listen_port=${checkInteger(set.listenPort, 'the listen port', 0, MAX_PORT)}\n`;
  }
  if (set.fwmark !== undefined) text += `fwmark=${checkInteger(set.fwmark, 'the fwmark', 0, MAX_FWMARK)}\n`;
  const seen: Seen = { publicKeys: new Set(), ranges: new Set() };
  for (const change of set.peers) text += renderPeer(change, seen);
  return `${text}\n`;
}

/**
 * The set that carries out a diff: removals first (an allowed IP may move to another peer), then updates with
 * `update_only`, then additions with their allowed IPs replaced.
 */
export function uapiSetOfDiff({ remove, add, update }: PeerDiff): UapiSet {
  return {
    peers: [
      ...remove.map((publicKey): UapiPeerRemoval => ({ publicKey, remove: true })),
      ...update.map(updateChange),
      ...add.map(additionChange),
    ],
  };
}

/** Sets every field, so that a peer that someone else made in the meantime still ends up as desired. */
function additionChange(peer: WgPeer): UapiPeerAddition {
  return {
    ...peer,
    presharedKey: peer.presharedKey ?? null,
    persistentKeepaliveSeconds: peer.persistentKeepaliveSeconds ?? 0,
    replaceAllowedIps: true,
  };
}

function updateChange(update: PeerUpdate): UapiPeerUpdate {
  return {
    ...update,
    updateOnly: true,
    ...(update.allowedIps === undefined ? {} : { replaceAllowedIps: true }),
  };
}

interface Seen {
  readonly publicKeys: Set<string>;
  readonly ranges: Set<string>;
}

function renderPeer(change: UapiPeerChange, seen: Seen): string {
  const removes = flag(change.remove, 'remove');
  const publicKey = removes ? reportedPublicKeyHex(change.publicKey) : publicKeyHex(change.publicKey);
  if (seen.publicKeys.has(publicKey)) {
    throw new WgError(
      'duplicate_peer',
      `the peer ${change.publicKey} is changed twice in one set: merge the two`,
    );
  }
  seen.publicKeys.add(publicKey);
  const head = `public_key=${publicKey}\n`;
  if (removes) return `${head}remove=true\n${onlyRemoval(change)}`;
  const updateOnly = flag(change.updateOnly, 'updateOnly');
  if (!updateOnly && !Array.isArray(change.allowedIps)) {
    throw new WgError(
      'invalid_change',
      'the change would create the peer if it is gone: set updateOnly, or give the allowedIps of a new peer',
    );
  }
  // update_only must come next: the device decides at public_key whether to create the peer.
  return `${head}${updateOnly ? 'update_only=true\n' : ''}${renderFields(change, seen)}`;
}

function renderFields(change: UapiPeerChange, seen: Seen): string {
  let text = '';
  if (change.presharedKey === null) text += `preshared_key=${'0'.repeat(64)}\n`;
  else if (change.presharedKey !== undefined)
    text += `preshared_key=${presharedKeyHex(change.presharedKey)}\n`;
  if (change.endpoint !== undefined) text += `endpoint=${formatEndpoint(change.endpoint)}\n`;
  if (change.persistentKeepaliveSeconds !== undefined) {
    const seconds = checkInteger(
      change.persistentKeepaliveSeconds,
      'the persistent keepalive',
      0,
      MAX_KEEPALIVE_SECONDS,
    );
    text += `persistent_keepalive_interval=${seconds}\n`;
  }
  if (flag(change.replaceAllowedIps, 'replaceAllowedIps')) text += 'replace_allowed_ips=true\n';
  for (const value of change.allowedIps ?? []) {
    const range = parseCidr(value);
    if (seen.ranges.has(range)) {
      throw new WgError(
        'duplicate_allowed_ip',
        `${range} is listed twice: WireGuard routes a range to one peer only`,
      );
    }
    seen.ranges.add(range);
    text += `allowed_ip=${range}\n`;
  }
  return text;
}

/** In untyped data, the truthy text `"false"` must not remove a peer, and `0` must not create one. */
function flag(value: unknown, name: string): boolean {
  if (value !== undefined && value !== true) throw new WgError('invalid_change', `${name} is true or absent`);
  return value === true;
}

/** A removal with more fields would create the peer again in some implementations. */
function onlyRemoval(change: UapiPeerChange): '' {
  const others = Object.entries(change).filter(
    ([key, value]) => key !== 'publicKey' && key !== 'remove' && value !== undefined,
  );
  if (others.length > 0) throw new WgError('invalid_change', 'a removal has no further fields');
  return '';
}
