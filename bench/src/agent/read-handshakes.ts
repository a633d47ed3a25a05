// Reads from a userspace WireGuard when it last completed a handshake with each peer. The socket tells it to
// the nanosecond (https://www.wireguard.com/xplatform/), the `wg` command only to the second.

import { createConnection } from 'node:net';

/** @returns wall-clock milliseconds by the peer's public key in hex; only peers with a handshake */
export async function readHandshakes(socketPath: string): Promise<ReadonlyMap<string, number>> {
  const handshakes = new Map<string, number>();
  let publicKey = '';
  let seconds = 0;
  for (const line of (await ask(socketPath)).split('\n')) {
    const [key, value = ''] = line.split('=');
    if (key === 'public_key') publicKey = value;
    else if (key === 'last_handshake_time_sec') seconds = Number(value);
    else if (key === 'last_handshake_time_nsec' && seconds > 0)
      handshakes.set(publicKey, seconds * 1_000 + Number(value) / 1e6);
  }
  return handshakes;
}

function ask(socketPath: string): Promise<string> {
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
    socket.write('get=1\n\n');
  });
}
