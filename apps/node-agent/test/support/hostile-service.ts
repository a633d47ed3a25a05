// A service on a real socket that answers with any bytes that its test wants.

import { createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export type Behave = (socket: Socket) => void;

export function send(answer: string | Buffer, then: 'stay' | 'end' = 'stay'): Behave {
  return (socket) => void (then === 'end' ? socket.end(answer) : socket.write(answer));
}

export function reset(answer: string): Behave {
  return (socket) => void socket.write(answer, () => socket.resetAndDestroy());
}

export function endless(head: string, piece: string): Behave {
  return (socket) => {
    const block = piece.repeat(Math.ceil(16_384 / piece.length));
    const more = () => {
      while (!socket.destroyed && socket.write(block));
    };
    socket.on('drain', more);
    socket.write(head);
    more();
  };
}

/** Starts the service, which ends with the test. @returns its URL */
export async function listen(behave: Behave): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('data', () => behave(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return `http://127.0.0.1:${address.port}`;
}
