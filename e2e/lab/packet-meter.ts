// Measures what a tunnel loses: numbered UDP packets at a steady rate between overlay addresses of a lab's
// hosts, each logged at both ends. Every host has one sender and one receiver process, however many pairs
// there are.
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { joinHostPort } from '@mesh/wg';
import { LabError } from './lab-error.ts';
import type { Lab, LabNode } from './namespaces.ts';
import { type PacketStats, type ReceivedPacket, type SentPacket, summarise } from './summarise-packets.ts';
import { until } from './until.ts';

/**
 * Packets per second where other tests run at the same time. Each packet costs CPU time in two tunnels and
 * two processes of the meter. A gap of 40 ms is still seen on each stream.
 */
export const SPARSE_RATE = 25;

export interface MetersOptions<Name extends string> {
  /** Overlay address of each host that takes part. */
  addresses: Partial<Record<Name, string>>;
  /** Streams, one direction each. Default: every ordered pair of the hosts that have an address. */
  pairs?: readonly (readonly [from: Name, to: Name])[];
  /** Packets per second on each stream. Default 50. */
  rate?: number;
  /** UDP port of every receiver. Default 7000. */
  port?: number;
  /** See `PacketWindow`. Default 2000. */
  lateAfterMs?: number;
}

/** One stream. */
export interface Meter {
  readonly from: string;
  readonly to: string;
  /**
   * Counts the packets sent in `[fromMs, toMs)`. The bounds are wall-clock times; without them there is no
   * bound.
   */
  window(fromMs?: number, toMs?: number): PacketStats;
  /**
   * Whether every packet sent in `[fromMs, toMs)` has arrived. False until the sender has logged a packet
   * after the window: its log is in order, so all packets of the window are known then.
   */
  isComplete(fromMs: number, toMs: number): boolean;
  /**
   * Whether it is known what became of the packets sent in `[fromMs, toMs)`: all have arrived, or a packet
   * has arrived that was sent `lateAfterMs` after them. However slow the machine is, a packet that was
   * overtaken so far is lost.
   */
  isSettled(fromMs: number, toMs: number): boolean;
  /** Every arrival so far, in order of arrival. */
  arrivals(): readonly ReceivedPacket[];
  /**
   * Stops the sender, waits for packets on their way (at most `lateAfterMs`), stops the receiver, and
   * resolves with the whole count.
   */
  stop(): Promise<PacketStats>;
}

export interface Meters<Name extends string> {
  readonly all: readonly Meter[];
  /** @throws LabError `unknown_node` if no such stream was requested. */
  between(from: Name, to: Name): Omit<Meter, 'stop'>;
  /** Stops all streams; everything that has not arrived by then counts as lost. */
  stop(): Promise<void>;
}

/** One stream from one host to another. `address` is the receiver's overlay address. */
export async function startMeter<Name extends string>(
  lab: Lab<Name>,
  from: Name,
  to: Name,
  options: { address: string; rate?: number; port?: number; lateAfterMs?: number },
): Promise<Meter> {
  const { address, ...rest } = options;
  const addresses: Partial<Record<Name, string>> = {};
  addresses[to] = address;
  const { all } = await startMeters(lab, { ...rest, addresses, pairs: [[from, to]] });
  const [meter] = all;
  if (meter === undefined) throw new LabError('bad_option', 'no stream was started');
  return meter;
}

/** Starts the streams. Resolves when every receiver is bound, so that no packet is lost at the start. */
export async function startMeters<Name extends string>(
  lab: Lab<Name>,
  options: MetersOptions<Name>,
): Promise<Meters<Name>> {
  const { rate = 50, port = 7000, lateAfterMs = 2_000 } = options;
  const endOf = (name: Name): string => {
    const address = options.addresses[name];
    if (address === undefined)
      throw new LabError('bad_option', `no overlay address was given for host ${name}`);
    return joinHostPort(address, port);
  };
  const known = lab.nodes.filter((name) => options.addresses[name] !== undefined);
  const pairs =
    options.pairs ??
    known.flatMap((from) => known.filter((to) => to !== from).map((to) => [from, to] as const));
  const streams = new Map(pairs.map(([from, to]) => [`${from}>${to}`, new Stream(from, to, lateAfterMs)]));

  const note = (line: MeterLine) => {
    if (line.kind === 'sent') streams.get(line.id)?.sent.push(line);
    if (line.kind === 'received') streams.get(line.id)?.received.push(line);
  };
  const receivers = await Promise.all(
    [...new Set(pairs.map(([, to]) => to))].map((to) =>
      startEnd(lab.node(to), ['receiver', '--bind', endOf(to)], note),
    ),
  );
  const senders = await Promise.all(
    [...new Set(pairs.map(([from]) => from))].map((from) => {
      const targets = pairs.filter(([source]) => source === from).map(([, to]) => to);
      const args = targets.flatMap((to) => ['--to', `${from}>${to}=${endOf(to)}`]);
      return startEnd(lab.node(from), ['sender', '--rate', String(rate), ...args], note);
    }),
  );

  let stopping: Promise<void> | undefined;
  const stopAll = async () => {
    await Promise.all(senders.map((end) => end.stop()));
    const giveUpMs = performance.now() + lateAfterMs;
    await until('what is under way', 2 * lateAfterMs, () => {
      const isWaitedFor = [...streams.values()].some((stream) => stream.awaitsPackets());
      return isWaitedFor && performance.now() < giveUpMs ? undefined : true;
    });
    await Promise.all(receivers.map((end) => end.stop()));
    for (const stream of streams.values()) stream.isOver = true;
  };
  const stop = () => {
    stopping ??= stopAll();
    return stopping;
  };
  const all = [...streams.values()].map((stream) => ({
    from: stream.from,
    to: stream.to,
    window: (fromMs?: number, toMs?: number) => stream.window(fromMs, toMs),
    isComplete: (fromMs: number, toMs: number) => stream.isComplete(fromMs, toMs),
    isSettled: (fromMs: number, toMs: number) => stream.isSettled(fromMs, toMs),
    arrivals: () => stream.received,
    stop: async () => {
      await stop();
      return stream.window();
    },
  }));
  return {
    all,
    stop,
    between(from, to) {
      const meter = all.find((candidate) => candidate.from === from && candidate.to === to);
      if (meter === undefined)
        throw new LabError('unknown_node', `no stream from ${from} to ${to} was started`);
      return meter;
    },
  };
}

type MeterLine =
  | { kind: 'ready' }
  | { kind: 'bind_failed'; error: string }
  | ({ kind: 'sent'; id: string } & SentPacket)
  | ({ kind: 'received'; id: string } & ReceivedPacket);

class Stream {
  readonly from: string;
  readonly to: string;
  readonly sent: SentPacket[] = [];
  readonly received: ReceivedPacket[] = [];
  readonly #lateAfterMs: number;
  /** Both ends have stopped, so nothing is pending any more. */
  isOver = false;

  constructor(from: string, to: string, lateAfterMs: number) {
    this.from = from;
    this.to = to;
    this.#lateAfterMs = lateAfterMs;
  }

  window(fromMs = -Infinity, toMs = Infinity): PacketStats {
    const nowMs = this.isOver ? Infinity : performance.timeOrigin + performance.now();
    return summarise(this.sent, this.received, { lateAfterMs: this.#lateAfterMs, fromMs, toMs, nowMs });
  }

  isComplete(fromMs: number, toMs: number): boolean {
    if ((this.sent.at(-1)?.atMs ?? 0) < toMs) return false;
    const { pending, lost } = this.window(fromMs, toMs);
    return pending === 0 && lost === 0;
  }

  isSettled(fromMs: number, toMs: number): boolean {
    const hasOvertaken = (this.received.at(-1)?.sentAtMs ?? 0) >= toMs + this.#lateAfterMs;
    return hasOvertaken || this.isComplete(fromMs, toMs);
  }

  awaitsPackets(): boolean {
    return this.window().pending > 0;
  }
}

/** Starts one end and resolves when it says that it is ready. */
async function startEnd(node: LabNode, args: readonly string[], note: (line: MeterLine) => void) {
  const program = join(import.meta.dirname, 'packet-meter-main.ts');
  const child = node.spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const { stdout, stderr } = child;
  if (stdout === null || stderr === null)
    throw new LabError('command_failed', 'the packet meter has no output');
  let said = '';
  stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const lines = createInterface({ input: stdout });
  const ended = new Promise<void>((resolve) => lines.once('close', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) =>
      reject(new LabError('command_failed', `packet meter on ${node.name}: exit ${code}: ${said}`)),
    );
    lines.on('line', (text) => {
      const line = JSON.parse(text) as MeterLine;
      if (line.kind === 'ready') resolve();
      else note(line);
    });
  });
  return { stop: () => stopEnd(child, ended) };
}

async function stopEnd(child: ChildProcess, ended: Promise<void>): Promise<void> {
  child.kill('SIGCONT');
  child.kill('SIGTERM');
  await ended; // every line has been read
}
