// The two ends of a UDP flood, each a process inside a host of the lab:
//
//   sender --to ADDR:PORT --bits-per-second N --seconds S    sends evenly, then {"kind":"sent","packets":…,"refused":…}
//   receiver --bind ADDR:PORT                                after SIGTERM {"kind":"received","packets":…}
//
// The receiver prints {"kind":"ready"} first, and ends when all packets on their way have arrived, that is,
// when its count has stopped changing. Packets are PACKET_BYTES long as IP counts them.
import { createSocket } from 'node:dgram';
import { parseArgs } from 'node:util';
import { PACKET_BYTES } from './udp-flood.ts';

const IP_AND_UDP_BYTES = 28;
/** Between two checks of the count. The lab's queues hold a few milliseconds' worth. */
const POLL_MS = 100;
const payload = Buffer.alloc(PACKET_BYTES - IP_AND_UDP_BYTES, 0x5a);
const say = (line: Record<string, unknown>) => process.stdout.write(`${JSON.stringify(line)}\n`);

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    to: { type: 'string' },
    bind: { type: 'string' },
    'bits-per-second': { type: 'string' },
    seconds: { type: 'string' },
  },
});
const [host = '', port = ''] = (values.to ?? values.bind ?? '').split(':');
const socket = createSocket({ type: 'udp4', recvBufferSize: 4_194_304 });

if (positionals[0] === 'receiver') {
  let packets = 0;
  socket.on('message', () => {
    packets += 1;
  });
  const sayWhenSettled = (seen: number) => {
    if (packets === seen) {
      say({ kind: 'received', packets });
      socket.close();
      return;
    }
    const now = packets;
    // Sockets are read after the timer, so a process that got no CPU time does not take that for silence.
    setTimeout(() => setImmediate(sayWhenSettled, now), POLL_MS);
  };
  process.once('SIGTERM', () => sayWhenSettled(-1));
  socket.bind(Number(port), host, () => say({ kind: 'ready' }));
} else {
  const packetsPerSecond = Number(values['bits-per-second']) / (8 * PACKET_BYTES);
  const total = Math.round(packetsPerSecond * Number(values.seconds));
  const startedMs = performance.now();
  let [packets, settled, refused] = [0, 0, 0];
  const done = (error: Error | null) => {
    settled += 1;
    // The kernel refuses packets that the host's own guard drops.
    if (error !== null) refused += 1;
    if (settled < total) return;
    say({ kind: 'sent', packets, refused });
    socket.close();
  };
  const tick = () => {
    const due = Math.min(total, Math.floor(((performance.now() - startedMs) / 1_000) * packetsPerSecond));
    for (; packets < due; packets++) socket.send(payload, Number(port), host, done);
    if (packets < total) setTimeout(tick, 2);
  };
  tick();
}
