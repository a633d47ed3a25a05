// Sends one request to the socket of a userspace WireGuard (https://www.wireguard.com/xplatform/,
// "configuration protocol").
import { createConnection } from 'node:net';
import { TunnelError } from '../port/tunnel-error.ts';

/**
 * Where wireguard-go puts its sockets. All network namespaces share this folder. /run/wireguard is the same
 * folder.
 */
export const UAPI_SOCKET_DIR = '/var/run/wireguard';

/** Sends one request and resolves with the answer. Both end in an empty line. */
export type UapiRequest = (text: string) => Promise<string>;

const TIMEOUT_MS = 5_000;
// 10,000 peers with their keys and counters make about 6 MB.
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/**
 * The answer to a `get` holds keys. It is a string, which the parser needs and which JavaScript cannot wipe.
 * @throws TunnelError `not_up` (no socket, or one that nobody serves), `permission_denied`, `timeout`,
 *   `unexpected_answer`
 */
export function createUapiRequest(socketPath: string, timeoutMs = TIMEOUT_MS): UapiRequest {
  return (text) =>
    new Promise((resolve, reject) => {
      const socket = createConnection(socketPath);
      const chunks: Buffer[] = [];
      let answerBytes = 0;
      let tail = '';

      function settle(outcome: () => void): void {
        socket.destroy();
        for (const chunk of chunks) chunk.fill(0);
        outcome();
      }
      function fail(code: TunnelError['code'], message: string): void {
        settle(() => reject(new TunnelError(code, `${socketPath}: ${message}`)));
      }

      socket.setTimeout(timeoutMs, () => fail('timeout', `no answer within ${timeoutMs} ms`));
      socket.on('error', (error: NodeJS.ErrnoException) => fail(...describe(error)));
      // wireguard-go keeps the connection open for more requests, so the empty line ends the answer, not the
      // stream.
      socket.on('data', (chunk) => {
        chunks.push(chunk);
        answerBytes += chunk.length;
        if (answerBytes > MAX_ANSWER_BYTES) {
          fail('unexpected_answer', `more than ${MAX_ANSWER_BYTES} bytes`);
          return;
        }
        tail = (tail + chunk.toString('latin1')).slice(-2);
        if (tail !== '\n\n') return;
        const answer = Buffer.concat(chunks);
        const answerText = answer.toString('latin1');
        answer.fill(0);
        settle(() => resolve(answerText));
      });
      socket.on('close', () =>
        fail('unexpected_answer', 'the answer was cut short: read the interface again'),
      );
      socket.write(text, 'latin1');
    });
}

/**
 * True if a process serves the socket. False if there is no socket, or only the file that a killed process
 * left.
 */
export async function isServed(socketPath: string): Promise<boolean> {
  return await new Promise((resolve, reject) => {
    const socket = createConnection(socketPath);
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      const [code, message] = describe(error);
      if (code === 'not_up') resolve(false);
      else reject(new TunnelError(code, `${socketPath}: ${message}`));
    });
  });
}

function describe(error: NodeJS.ErrnoException): [TunnelError['code'], string] {
  switch (error.code) {
    case 'ENOENT':
      return ['not_up', 'there is no such interface: call up'];
    case 'ECONNREFUSED':
      return ['not_up', 'its process has ended and left the socket behind: call up'];
    case 'EACCES':
    case 'EPERM':
      return ['permission_denied', 'run this as root or with CAP_NET_ADMIN and access to the socket'];
    default:
      return ['unexpected_answer', `the connection failed (${error.code ?? 'unknown error'})`];
  }
}
