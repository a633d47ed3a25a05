// What the benchmark asks a userspace WireGuard itself, over its socket
// (https://www.wireguard.com/xplatform/): when it completed handshakes, to the nanosecond (the `wg` command
// tells seconds), and how long it takes to set all preshared keys.

import { createConnection } from 'node:net';
import { renderUapiSet, type UapiPeerChange, wgKeyFromBytes } from '@mesh/wg';

/** @returns wall-clock milliseconds by the peer's public key in hex; only peers with a handshake */
export async function readHandshakes(socketPath: string): Promise<ReadonlyMap<string, number>> {
  const handshakes = new Map<string, number>();
  let publicKey = '';
  let seconds = 0;
  for (const [key, value] of entriesOf(await ask(socketPath, 'get=1\n\n'))) {
    if (key === 'public_key') publicKey = value;
    else if (key === 'last_handshake_time_sec') seconds = Number(value);
    else if (key === 'last_handshake_time_nsec' && seconds > 0)
      handshakes.set(publicKey, seconds * 1_000 + Number(value) / 1e6);
  }
  return handshakes;
}

/**
 * Sets the key that each peer has once more, all in one set, as an agent sets new ones.
 *
 * @returns the milliseconds from the first byte of the set to the end of the answer
 */
export async function setKeysAgain(socketPath: string): Promise<number> {
  const peers: UapiPeerChange[] = [];
  let hex = '';
  for (const [key, value] of entriesOf(await ask(socketPath, 'get=1\n\n'))) {
    if (key === 'public_key') hex = value;
    else if (key === 'preshared_key')
      peers.push({
        publicKey: wgKeyFromBytes('public', Buffer.from(hex, 'hex')),
        updateOnly: true,
        presharedKey: wgKeyFromBytes('preshared', Buffer.from(value, 'hex')),
      });
  }
  const text = renderUapiSet({ peers });
  const from = performance.now();
  const answer = await ask(socketPath, text);
  if (answer !== 'errno=0\n\n') throw new Error(`the set was answered ${answer.trim()}`);
  return performance.now() - from;
}

function entriesOf(answer: string): [string, string][] {
  return answer.split('\n').map((line) => line.split('=') as [string, string]);
}

function ask(socketPath: string, request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(socketPath);
    let answer = '';
    socket.once('error', reject);
    socket.setEncoding('latin1').on('data', (text: string) => {
      answer += text;
      if (!answer.endsWith('\n\n')) return;
      socket.destroy();
      resolve(answer);
    });
    socket.write(request, 'latin1');
  });
}
