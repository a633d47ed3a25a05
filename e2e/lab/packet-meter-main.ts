// The two ends of a packet meter, each a process inside a host of the lab. Both write one JSON line for each
// packet:
//
//   sender --to ID=ADDR:PORT [--to …] --rate 50       {"kind":"sent","id":…,"seq":…,"atMs":…,"error"?:"EPERM"}
//   receiver --bind ADDR:PORT                         {"kind":"received","id":…,"seq":…,"sentAtMs":…,"atMs":…}
//
// after {"kind":"ready"}. Times are wall-clock milliseconds with fractions, monotonic within a process.
// SIGTERM ends either one properly. Nothing that the network does ends them: they log errors and open lost
// sockets again.
import { createSocket, type Socket } from 'node:dgram';
import { parseArgs } from 'node:util';
import { datagramType } from './address-family.ts';

const REOPEN_MS = 100;
const FLUSHED_EVERY_MS = 50;
const HEADER_BYTES = 16; // sequence number and time of sending, a double each; the stream's id follows

function nowMs(): number {
  return performance.timeOrigin + performance.now();
}

let unsaid = '';

/** Writes what has gathered, together: a write for each packet would cost more than the packet. */
function say(line: Record<string, unknown>): void {
  if (unsaid === '') setTimeout(flush, FLUSHED_EVERY_MS);
  unsaid += `${JSON.stringify(line)}\n`;
}

function flush(): void {
  process.stdout.write(unsaid);
  unsaid = '';
}

interface Target {
  id: string;
  address: string;
  port: number;
}

function runSender(targets: readonly Target[], rate: number): void {
  const sockets = new Map<'udp4' | 'udp6', Socket>();
  const socketFor = (target: Target): Socket => {
    const type = datagramType(target.address);
    const socket = sockets.get(type) ?? createSocket(type);
    if (!sockets.has(type)) {
      sockets.set(type, socket);
      socket.on('error', () => {
        sockets.delete(type); // the next packet opens another
        socket.close();
      });
    }
    return socket;
  };

  let slot = 0;
  let seq = 0;
  let startedMs = performance.now();
  const sendAll = () => {
    for (const target of targets) {
      const atMs = nowMs();
      const line = { kind: 'sent', id: target.id, seq, atMs };
      const failed = (error: unknown) => say({ ...line, error: errorCode(error) });
      try {
        socketFor(target).send(encodePacket(seq, atMs, target.id), target.port, target.address, (error) => {
          if (error === null) say(line);
          else failed(error);
        });
      } catch (error) {
        failed(error);
      }
    }
    seq += 1;
    slot += 1;
    const dueMs = startedMs + (slot * 1000) / rate;
    const waitMs = dueMs - performance.now();
    if (waitMs < -1000) {
      // Stopped or starved for long: continue from here, because a burst would measure queues instead of the
      // tunnel.
      startedMs = performance.now();
      slot = 0;
    }
    timer = setTimeout(sendAll, Math.max(0, waitMs));
  };
  let timer = setTimeout(sendAll, 0);
  process.once('SIGTERM', () => {
    clearTimeout(timer);
    for (const socket of sockets.values()) socket.close();
  });
  say({ kind: 'ready' });
}

function runReceiver(address: string, port: number): void {
  let socket: Socket | undefined;
  let reopen: NodeJS.Timeout | undefined;
  let isReady = false;
  const open = () => {
    const opened = createSocket({ type: datagramType(address), reuseAddr: true });
    socket = opened;
    opened.on('message', (bytes) => {
      const atMs = nowMs();
      const packet = decodePacket(bytes);
      if (packet !== undefined) say({ kind: 'received', ...packet, atMs });
    });
    opened.once('error', (error) => {
      // The overlay address may not exist yet, or may be gone. It may come back.
      say({ kind: 'bind_failed', error: errorCode(error) });
      opened.close();
      reopen = setTimeout(open, REOPEN_MS);
    });
    opened.bind(port, address, () => {
      if (!isReady) say({ kind: 'ready' });
      isReady = true;
    });
  };
  open();
  process.once('SIGTERM', () => {
    clearTimeout(reopen);
    try {
      socket?.close();
    } catch {
      // closed after an error, with no other opened yet
    }
  });
}

function encodePacket(seq: number, sentAtMs: number, id: string): Buffer {
  const name = Buffer.from(id, 'utf8');
  const packet = Buffer.alloc(HEADER_BYTES + name.length);
  packet.writeDoubleBE(seq, 0);
  packet.writeDoubleBE(sentAtMs, 8);
  name.copy(packet, HEADER_BYTES);
  return packet;
}

function decodePacket(packet: Buffer): { id: string; seq: number; sentAtMs: number } | undefined {
  if (packet.length <= HEADER_BYTES) return undefined;
  const [seq, sentAtMs] = [packet.readDoubleBE(0), packet.readDoubleBE(8)];
  if (!Number.isSafeInteger(seq) || !Number.isFinite(sentAtMs)) return undefined;
  return { id: packet.toString('utf8', HEADER_BYTES), seq, sentAtMs };
}

function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}

function parseTarget(text: string): Target {
  const [, id, host, port] = /^(?:([^=]+)=)?\[?([0-9a-fA-F.:]+?)\]?:(\d+)$/.exec(text) ?? [];
  if (host === undefined)
    throw new Error(`${JSON.stringify(text)}: give ADDR:PORT or ID=ADDR:PORT, IPv6 in brackets`);
  return { id: id ?? text, address: host, port: Number(port) };
}

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    to: { type: 'string', multiple: true },
    bind: { type: 'string' },
    rate: { type: 'string', default: '50' },
    id: { type: 'string' },
  },
});
// The lab reads these lines; without a reader there is no reason to go on.
process.stdout.on('error', () => process.exit(0));
const [role] = positionals;
const rate = Number(values.rate);
if (role === 'sender' && values.to !== undefined && rate > 0) {
  const targets = values.to.map(parseTarget);
  const { id } = values;
  runSender(id === undefined ? targets : targets.map((target) => ({ ...target, id })), rate);
} else if (role === 'receiver' && values.bind !== undefined) {
  const { address, port } = parseTarget(values.bind);
  runReceiver(address, port);
} else {
  process.stderr.write(
    'usage: sender --to [ID=]ADDR:PORT … [--id ID] [--rate 50] | receiver --bind ADDR:PORT\n',
  );
  process.exitCode = 2;
}
