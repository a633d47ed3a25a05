// The process that floods: one member with the given number of connections. Each is opened again as soon as
// it ends. It ignores refusals and Retry-After.

import { connect, createSecureContext, type TLSSocket } from 'node:tls';
import { pathOf } from '@mesh/protocol';
import type { FloodOrder, FloodReply, FloodRequest } from './flood-messages.ts';

const PIPELINED = 16;
const BODY_BYTES = 65_000;

const reply = (message: FloodReply): void => void process.send?.(message);

class Flood {
  readonly #order: FloodOrder;
  readonly #bytes: Buffer;
  readonly #perConnection: number;
  readonly #context;
  readonly #sockets = new Set<TLSSocket>();
  readonly #startedMs = performance.now();
  readonly #cpuBefore = process.cpuUsage();
  #isStopped = false;
  #opened = 0;
  #sent = 0;
  #answered = 0;

  constructor(order: FloodOrder) {
    this.#order = order;
    this.#perConnection = order.attack === 'pipelined queries' ? PIPELINED : 1;
    this.#bytes = order.attack === 'pipelined queries' ? queries(order) : badMessage(order);
    this.#context = createSecureContext({
      ca: order.caPem,
      cert: order.member.certificatePem,
      key: order.member.privateKeyPem,
      minVersion: 'TLSv1.3',
    });
    for (let at = 0; at < order.connections; at++) this.#open();
  }

  stop(): void {
    this.#isStopped = true;
    for (const socket of this.#sockets) socket.destroy();
    const seconds = (performance.now() - this.#startedMs) / 1000;
    const { user, system } = process.cpuUsage(this.#cpuBefore);
    reply({
      op: 'stopped',
      count: {
        opened: this.#opened,
        sent: this.#sent,
        answered: this.#answered,
        load: (user + system) / 1e6 / seconds,
      },
    });
  }

  #open(): void {
    const socket = connect({
      host: '127.0.0.1',
      port: this.#order.port,
      servername: 'localhost',
      secureContext: this.#context,
    });
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('secureConnect', () => {
      this.#opened += 1;
      this.#sent += this.#perConnection;
      socket.write(this.#bytes);
    });
    socket.on('data', (bytes) => {
      if (bytes.includes('HTTP/1.1 ')) this.#answered += 1;
    });
    socket.once('close', () => {
      this.#sockets.delete(socket);
      if (!this.#isStopped) setImmediate(() => this.#open());
    });
  }
}

function queries({ member, version }: FloodOrder): Buffer {
  const query = `version=${encodeURIComponent(version)}&wait=60s&instance=bench-${member.nodeId}`;
  const one = `GET ${pathOf('config', member.nodeId)}?${query} HTTP/1.1\r\nhost: localhost\r\n\r\n`;
  return Buffer.from(one.repeat(PIPELINED));
}

/** A message with as many scores with forbidden names as fit. */
function badMessage({ meshId, member }: FloodOrder): Buffer {
  const names: string[] = [];
  for (let bytes = 200; bytes < BODY_BYTES - 16; bytes += 11)
    names.push(`"!${names.length.toString(36)}":2`.padEnd(10));
  const body = `{"mesh_id":"${meshId}","node_id":"${member.nodeId}","scores":{${names.join(',')}}}`;
  return Buffer.from(
    `POST ${pathOf('submitBenchmark', member.nodeId)} HTTP/1.1\r\nhost: localhost\r\n` +
      `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

let flood: Flood | undefined;
process.on('message', (request: FloodRequest) => {
  if (request.op === 'start') {
    flood = new Flood(request.order);
    reply({ op: 'started' });
  } else {
    flood?.stop();
    flood = undefined;
  }
});
