// Reads `wg show INTERFACE dump` (wg(8), "show"): tab-separated, one line for the device, then one for each
// peer.

import { defined, portableSha256, type Sha256 } from '@mesh/primitives';
import { parseAllowedIp } from './cidr.ts';
import { presharedKeyDigest, type WgDevicePeer, type WgDeviceState } from './device-state.ts';
import { parseReportedEndpoint } from './endpoint.ts';
import { atLine, WgError } from './errors.ts';
import {
  parseWgPresharedKey,
  parseWgPrivateKey,
  reportedPublicKeyHex,
  type WgPublicKey,
  wgPublicKeyFromPrivate,
} from './keys.ts';
import { MAX_PORT, parseCounter, parseDecimal, parseFwmark, parseKeepalive } from './numbers.ts';

const NONE = '(none)';

/**
 * Reads the dump of one interface (not of `all`, whose lines begin with a name). `(none)` and `off` become
 * absent.
 * @param sha256 for the digests of the preshared keys
 * @throws WgError with the line, and the code of the faulty value; `invalid_dump` for a wrong number of
 *   columns or a last line that is cut short; `duplicate_peer`. Secrets are never quoted.
 */
export function parseWgDump(text: string, sha256: Sha256 = portableSha256): WgDeviceState {
  if (!text.endsWith('\n'))
    throw new WgError('invalid_dump', 'the last line is cut short: read all of the output');
  const [first = '', ...rest] = text.slice(0, -1).split('\n');
  const device = atLine(1, () => readDevice(columns(first, 4)));
  const peers = new Map<string, WgDevicePeer>();
  for (const [at, line] of rest.entries()) {
    atLine(at + 2, () => {
      const peer = readPeer(columns(line, 8), sha256);
      if (peers.has(peer.publicKey))
        throw new WgError('duplicate_peer', `the peer ${peer.publicKey} is listed twice`);
      peers.set(peer.publicKey, peer);
    });
  }
  return { ...device, peers: [...peers.values()] };
}

function columns(line: string, count: number): (at: number) => string {
  const values = line.split('\t');
  if (values.length !== count) {
    throw new WgError('invalid_dump', `a line with ${values.length} columns instead of ${count}`);
  }
  return (at) => values[at] ?? '';
}

function readDevice(column: (at: number) => string): Omit<WgDeviceState, 'peers'> {
  const [privateKey, publicKey, fwmark] = [column(0), column(1), parseFwmark(column(3))];
  // `wg` may show a device without its private key to those who may not see it.
  if (privateKey !== NONE && publicKey !== wgPublicKeyFromPrivate(parseWgPrivateKey(privateKey))) {
    throw new WgError('invalid_dump', "the public key is not the private key's");
  }
  return {
    ...(publicKey === NONE ? {} : { publicKey: readPublicKey(publicKey) }),
    listenPort: parseDecimal(column(2), 'the listen port', 0, MAX_PORT),
    ...defined({ fwmark }),
  };
}

/** Accepts any 32 bytes: a peer that someone added by hand must be visible before it can be removed. */
function readPublicKey(text: string): WgPublicKey {
  reportedPublicKeyHex(text);
  return text as WgPublicKey;
}

function readPeer(column: (at: number) => string, sha256: Sha256): WgDevicePeer {
  const [presharedKey, endpoint, allowedIps] = [column(1), column(2), column(3)];
  const latestHandshakeSeconds = parseCounter(column(4), 'the latest handshake');
  const persistentKeepaliveSeconds = parseKeepalive(column(7));
  return {
    publicKey: readPublicKey(column(0)),
    hasPresharedKey: presharedKey !== NONE,
    ...(presharedKey === NONE
      ? {}
      : { presharedKeyDigest: presharedKeyDigest(parseWgPresharedKey(presharedKey), sha256) }),
    ...(endpoint === NONE ? {} : { endpoint: parseReportedEndpoint(endpoint) }),
    allowedIps: allowedIps === NONE ? [] : allowedIps.split(',').map(parseAllowedIp),
    ...(latestHandshakeSeconds === 0 ? {} : { latestHandshakeSeconds }),
    rxBytes: parseCounter(column(5), 'the received bytes'),
    txBytes: parseCounter(column(6), 'the sent bytes'),
    ...defined({ persistentKeepaliveSeconds }),
  };
}
