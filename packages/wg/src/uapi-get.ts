// The answers of a userspace WireGuard's socket (https://www.wireguard.com/xplatform/): the state after
// `get=1`, and the `errno` after either operation.

import { portableSha256, type Sha256 } from '@mesh/primitives';
import { type Cidr, parseAllowedIp } from './cidr.ts';
import { digestOf, type WgDevicePeer, type WgDeviceState } from './device-state.ts';
import { parseReportedEndpoint } from './endpoint.ts';
import { WgError, withLine } from './errors.ts';
import {
  parseReportedHexKey,
  portablePublicKeyOf,
  reportedPresharedKeyBytes,
  type WgPublicKey,
  wgPublicKeyFromPrivate,
  type X25519PublicKeyOf,
} from './keys.ts';
import { MAX_FWMARK, MAX_PORT, parseCounter, parseDecimal, parseKeepalive } from './numbers.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type PeerDraft = Mutable<Omit<WgDevicePeer, 'allowedIps'>> & { allowedIps: Set<Cidr> };
type DeviceDraft = Mutable<Omit<WgDeviceState, 'peers'>>;

const MAX_ERRNO = 4095;

/**
 * Reads the answer to `get=1`. Unknown keys are skipped, because the protocol grows by adding keys. A public
 * key that comes again continues its peer, as large answers are allowed to.
 * @param sha256 for the digests of the preshared keys
 * @param publicKeyOf for the device's own public key
 * @throws WgError `device_error` with `errno` if the device reports a fault; `invalid_uapi` for an answer
 *   that is cut short or has no KEY=VALUE form; the code of a faulty value, with its line. Secrets are never
 *   quoted.
 */
export function parseUapiGet(
  text: string,
  sha256: Sha256 = portableSha256,
  publicKeyOf: X25519PublicKeyOf = portablePublicKeyOf,
): WgDeviceState {
  const device: DeviceDraft = { listenPort: 0 };
  const peers = new Map<WgPublicKey, PeerDraft>();
  let peer: PeerDraft | undefined;
  readAnswer(text, (key, value) => {
    if (key === 'public_key') peer = openPeer(peers, value);
    else if (peer === undefined) readDeviceKey(device, key, value, publicKeyOf);
    else readPeerKey(peer, key, value, sha256);
  });
  return {
    ...device,
    peers: Array.from(peers.values(), (draft) => ({ ...draft, allowedIps: [...draft.allowedIps] })),
  };
}

/**
 * Reads the answer to a `set`: returns if the device applied it.
 * @throws WgError `device_error` with `errno`: some of the peers may have been changed, so read back;
 *   `invalid_uapi` for anything that is not such an answer
 */
export function parseUapiSetAnswer(text: string): void {
  readAnswer(text, () => {
    throw new WgError('invalid_uapi', 'the answer to a set is errno alone');
  });
}

/** The form of a line: a key in lower case, and printable ASCII after the first equals sign. */
const LINE = /^[a-z0-9_]+=[\x20-\x7e]*$/;

/**
 * Hands over the entries before `errno`, which must be 0 and come last, before the empty line that ends the
 * answer. An answer about thousands of peers is read line by line, without a copy of all lines.
 */
function readAnswer(text: string, take: (key: string, value: string) => void): void {
  if (!text.endsWith('\n\n'))
    throw new WgError('invalid_uapi', 'the answer is cut short: read up to the empty line');
  const end = text.length - 2;
  const lastAt = text.lastIndexOf('\n', end - 1) + 1;
  checkErrno(text.slice(lastAt, end));
  let line = 0;
  try {
    for (let from = 0; from < lastAt; ) {
      const to = text.indexOf('\n', from);
      line += 1;
      const entry = text.slice(from, to);
      if (!LINE.test(entry)) throw new WgError('invalid_uapi', 'a line that is not key=value in ASCII');
      const equals = entry.indexOf('=');
      const key = entry.slice(0, equals);
      if (key === 'errno') throw misplacedErrno();
      take(key, entry.slice(equals + 1));
      from = to + 1;
    }
  } catch (error) {
    throw withLine(error, line);
  }
}

function checkErrno(last: string): void {
  if (!LINE.test(last) || !last.startsWith('errno=')) throw misplacedErrno();
  // Go implementations answer with negative numbers.
  const value = last.slice('errno='.length).replace(/^-/, '');
  const errno = parseDecimal(value, 'errno', 0, MAX_ERRNO);
  if (errno !== 0) {
    throw new WgError(
      'device_error',
      `the device refused the request with errno ${errno}: read its state back`,
      { errno },
    );
  }
}

const misplacedErrno = () => new WgError('invalid_uapi', 'the answer must end with its one errno');

function openPeer(peers: Map<WgPublicKey, PeerDraft>, hex: string): PeerDraft {
  const publicKey = parseReportedHexKey('public', hex) as WgPublicKey;
  const draft = peers.get(publicKey) ?? {
    publicKey,
    hasPresharedKey: false,
    allowedIps: new Set(),
    rxBytes: 0,
    txBytes: 0,
  };
  peers.set(publicKey, draft);
  return draft;
}

function readDeviceKey(
  device: DeviceDraft,
  key: string,
  value: string,
  publicKeyOf: X25519PublicKeyOf,
): void {
  switch (key) {
    case 'private_key': {
      const privateKey = parseReportedHexKey('private', value);
      if (privateKey !== undefined) device.publicKey = wgPublicKeyFromPrivate(privateKey, publicKeyOf);
      return;
    }
    case 'listen_port':
      device.listenPort = parseDecimal(value, 'listen_port', 0, MAX_PORT);
      return;
    case 'fwmark': {
      const fwmark = parseDecimal(value, 'fwmark', 0, MAX_FWMARK);
      if (fwmark !== 0) device.fwmark = fwmark;
      return;
    }
  }
}

function readPeerKey(peer: PeerDraft, key: string, value: string, sha256: Sha256): void {
  switch (key) {
    case 'preshared_key': {
      const presharedKey = reportedPresharedKeyBytes(value);
      peer.hasPresharedKey = presharedKey !== undefined;
      if (presharedKey !== undefined) peer.presharedKeyDigest = digestOf(presharedKey, sha256);
      return;
    }
    case 'endpoint':
      peer.endpoint = parseReportedEndpoint(value);
      return;
    case 'last_handshake_time_sec': {
      const seconds = parseCounter(value, 'last_handshake_time_sec');
      if (seconds !== 0) peer.latestHandshakeSeconds = seconds;
      return;
    }
    case 'rx_bytes':
      peer.rxBytes = parseCounter(value, 'rx_bytes');
      return;
    case 'tx_bytes':
      peer.txBytes = parseCounter(value, 'tx_bytes');
      return;
    case 'persistent_keepalive_interval': {
      const seconds = parseKeepalive(value);
      if (seconds !== undefined) peer.persistentKeepaliveSeconds = seconds;
      return;
    }
    case 'allowed_ip':
      peer.allowedIps.add(parseAllowedIp(value));
      return;
  }
}
