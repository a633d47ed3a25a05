// A process that attacks: strangers' connections at a steady rate, each with something else that is not
// valid. It never waits for an answer.

import { connect, type Socket } from 'node:net';
import { constants, setPriority } from 'node:os';
import { connect as connectTls } from 'node:tls';
import type { AttackOrder, AttackReply, AttackRequest } from './flood-messages.ts';

const TICK_MS = 10;
/** More open connections than this would exhaust the process, not the controller. */
const MAX_OPEN = 600;
/** A connection that nobody ends is given up. */
const GIVE_UP_MS = 2_000;

const reply = (message: AttackReply): void => void process.send?.(message);

class Attack {
  readonly #order: AttackOrder;
  readonly #payloads: readonly Payload[];
  readonly #open = new Set<Socket>();
  readonly #startedMs = performance.now();
  readonly #timer: NodeJS.Timeout;
  #due = 0;
  #sent = 0;
  #skipped = 0;
  #handshakes = 0;
  #answered = 0;

  constructor(order: AttackOrder) {
    this.#order = order;
    this.#payloads = payloadsOf(order);
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
    const count = {
      sent: this.#sent,
      skipped: this.#skipped,
      handshakes: this.#handshakes,
      answered: this.#answered,
      seconds: (performance.now() - this.#startedMs) / 1000,
    };
    for (const socket of this.#open) socket.destroy();
    reply({ op: 'stopped', count });
  }

  #tick(): void {
    const dueNow = ((performance.now() - this.#startedMs) / 1000) * this.#order.perSecond;
    for (; this.#due < dueNow; this.#due++) {
      if (this.#open.size < MAX_OPEN) this.#send();
      else this.#skipped += 1;
    }
  }

  #send(): void {
    const payload = this.#payloads[this.#sent % this.#payloads.length];
    if (payload === undefined) return;
    this.#sent += 1;
    const { doors, localAddress } = this.#order;
    const target = {
      host: doors.host,
      port: payload.door === 'nodes' ? doors.nodesPort : doors.publicPort,
      ...(localAddress === undefined ? {} : { localAddress }),
    };
    const tcp = connect(target, () => {
      if (!payload.isOverTls) tcp.write(payload.bytes);
    });
    this.#follow(tcp);
    if (!payload.isOverTls) return;
    // Only what got through gets the state of a handshake. A refused connection ends within a round trip.
    tcp.once('connect', () =>
      setImmediate(() => {
        if (tcp.destroyed) return;
        const tls = connectTls({ socket: tcp, servername: 'localhost', rejectUnauthorized: false }, () => {
          this.#handshakes += 1;
          tls.write(payload.bytes);
        });
        tls.on('error', () => tcp.destroy());
        tls.on('data', () => {
          this.#answered += 1;
          tcp.destroy();
        });
        tls.on('end', () => tcp.destroy());
      }),
    );
  }

  #follow(tcp: Socket): void {
    this.#open.add(tcp);
    tcp.on('error', () => undefined);
    tcp.setTimeout(GIVE_UP_MS, () => tcp.destroy());
    tcp.once('end', () => tcp.destroy());
    tcp.once('close', () => this.#open.delete(tcp));
    if (!tcp.listenerCount('data')) tcp.resume();
  }
}

interface Payload {
  readonly door: 'nodes' | 'public';
  readonly isOverTls: boolean;
  readonly bytes: Buffer;
}

/** What strangers send. Every process sends all of them in turn. */
function payloadsOf({ meshId }: AttackOrder): readonly Payload[] {
  const enrolment = (body: string) =>
    `POST /v1/enrolments HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
  const get = (path: string) => `GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`;
  const token = `meshjoin1.${'A'.repeat(12)}.${'A'.repeat(43)}.${'A'.repeat(43)}`;
  const falseToken = JSON.stringify({ mesh_id: meshId, node_id: 'nobody', token });
  const payload = (door: Payload['door'], isOverTls: boolean, text: string): Payload => ({
    door,
    isOverTls,
    bytes: Buffer.from(text, 'latin1'),
  });
  return [
    payload('nodes', false, '\0'.repeat(64)),
    payload('public', false, get('/health')),
    // Without a certificate.
    payload('nodes', true, get('/v1/epoch')),
    // No JSON.
    payload('public', true, enrolment('{"mesh_id":')),
    payload('public', true, enrolment(falseToken)),
    payload('public', true, get('/v1/nothing')),
  ];
}

// Attackers have machines of their own. Here they take only what the others leave.
setPriority(constants.priority.PRIORITY_LOW);

let attack: Attack | undefined;
process.on('message', (request: AttackRequest) => {
  if (request.op === 'start') {
    attack = new Attack(request.order);
    reply({ op: 'started' });
  } else attack?.stop();
});
