// An interface as the text that `wg setconf` reads and `wg showconf` prints (wg(8), CONFIGURATION FILE
// FORMAT).

import { checkInterface, type WgInterface, type WgPeer } from './config-types.ts';
import { formatEndpoint } from './endpoint.ts';

/**
 * Writes the configuration text: one [Interface] section, then one [Peer] section for each peer in the given
 * order. `parseConfig` reads it back to an equal value. The text holds the private and preshared keys: keep
 * it in a 0600 file. Never load it into a running interface to rotate keys: `setconf` drops sessions. Use
 * `diffPeers`.
 * @throws WgError with the code of the faulty field: every field is validated again, whatever its type
 *   promises
 */
export function renderConfig(value: WgInterface): string {
  const { privateKey, listenPort, fwmark, peers } = checkInterface(value);
  const lines = ['[Interface]', `PrivateKey = ${privateKey}`];
  if (listenPort !== undefined) lines.push(`ListenPort = ${listenPort}`);
  if (fwmark !== undefined) lines.push(`FwMark = 0x${fwmark.toString(16)}`);
  for (const peer of peers) pushPeer(lines, peer);
  return `${lines.join('\n')}\n`;
}

function pushPeer(lines: string[], peer: WgPeer): void {
  lines.push('', '[Peer]', `PublicKey = ${peer.publicKey}`);
  if (peer.presharedKey !== undefined) lines.push(`PresharedKey = ${peer.presharedKey}`);
  if (peer.allowedIps.length > 0) lines.push(`AllowedIPs = ${peer.allowedIps.join(', ')}`);
  if (peer.endpoint !== undefined) lines.push(`Endpoint = ${formatEndpoint(peer.endpoint)}`);
  if (peer.persistentKeepaliveSeconds !== undefined) {
    lines.push(`PersistentKeepalive = ${peer.persistentKeepaliveSeconds}`);
  }
}
