// The process of a slow path (slow-path.ts), with its options as JSON. It prints a line when it listens.
import { createSocket, type Socket } from 'node:dgram';
import type { SlowPathOptions } from './slow-path.ts';

const { ends, delayMs, loses }: SlowPathOptions = JSON.parse(process.argv[2] ?? '');
const [first, second] = ends.map((end) => {
  const [host = '', port = ''] = end.split(':');
  return { host, port: Number(port), socket: createSocket('udp4') };
}) as [End, End];

interface End {
  readonly host: string;
  readonly port: number;
  /** Bound to the port of this end. */
  readonly socket: Socket;
}

let counted = 0;
const isLost = (packet: Buffer): boolean => {
  if (packet.length !== loses.lengthBytes) return false;
  counted += 1;
  return counted % loses.every === 0;
};

function forward(to: End, from: End, loses: (packet: Buffer) => boolean): void {
  to.socket.on('message', (packet) => {
    if (!loses(packet)) setTimeout(() => from.socket.send(packet, to.port, to.host), delayMs);
  });
}

forward(second, first, isLost);
forward(first, second, () => false);
let listening = 0;
for (const { socket, port } of [first, second])
  socket.bind(port, () => {
    listening += 1;
    if (listening === 2) process.stdout.write('ready\n');
  });
