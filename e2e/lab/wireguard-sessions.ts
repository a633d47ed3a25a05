// Watches from outside, between the hosts, which WireGuard sessions carry packets, and when. Every transport
// packet has its session's receiver index in the clear (bytes 4 to 8 of the message). The bridge counts by
// that index, in the kernel, so that no packet is missed; the counters are read ten times a second.
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { LabError } from './lab-error.ts';
import type { Lab } from './namespaces.ts';

/** Packets of one session in one direction, all sent between two readings. */
export interface SessionSighting {
  readonly from: string;
  readonly to: string;
  readonly port: number;
  readonly receiverIndex: number;
  /** `data`: at least one carried a packet of the overlay; `keepalive`: none did. */
  readonly kind: 'data' | 'keepalive';
  readonly packets: number;
  /** Wall clock, before the earlier and after the later reading. */
  readonly afterMs: number;
  readonly beforeMs: number;
}

export interface SessionWatch {
  sightings(): readonly SessionSighting[];
  stop(): Promise<void>;
}

// Type 4, three reserved zero bytes, then the receiver's index. An empty one, a keepalive, is 32 bytes plus
// UDP's 8.
const COUNTERS = `
table bridge wg_sessions {
  set data { typeof ip saddr . ip daddr . udp dport . @th,96,32; flags dynamic; size 65535; counter; }
  set keepalive { typeof ip saddr . ip daddr . udp dport . @th,96,32; flags dynamic; size 65535; counter; }
  chain forward {
    type filter hook forward priority -10;
    ip protocol udp @th,64,32 0x04000000 udp length > 40 update @data { ip saddr . ip daddr . udp dport . @th,96,32 }
    ip protocol udp @th,64,32 0x04000000 udp length <= 40 update @keepalive { ip saddr . ip daddr . udp dport . @th,96,32 }
  }
}
`;

const READ = `while :; do
  before=$(date +%s%3N)
  table=$(nft -j list table bridge wg_sessions) || exit 1
  printf '{"before":%s,"after":%s,"table":%s}\\n' "$before" "$(date +%s%3N)" "$table"
  sleep 0.1
done`;

/** Starts counting; resolves after the first reading. */
export async function watchSessions(lab: Lab): Promise<SessionWatch> {
  await lab.underlay.exec('nft', ['-f', '-'], { input: COUNTERS });
  const reader = lab.underlay.spawn('sh', ['-c', READ], { stdio: ['ignore', 'pipe', 'inherit'] });
  const { stdout } = reader;
  if (stdout === null) throw new LabError('command_failed', 'the reader of sessions has no output');
  const sightings: SessionSighting[] = [];
  const counted = new Map<string, number>();
  let lastMs: number | undefined;
  const lines = createInterface({ input: stdout });
  await new Promise<void>((resolve, reject) => {
    reader.once('exit', () => reject(new LabError('command_failed', 'the sessions cannot be read')));
    lines.on('line', (line) => {
      const { before, after, table } = JSON.parse(line) as Reading;
      for (const { kind, key, packets, ...session } of elementsOf(table)) {
        const more = packets - (counted.get(key) ?? 0);
        if (more === 0) continue;
        counted.set(key, packets);
        sightings.push({
          ...session,
          kind,
          packets: more,
          afterMs: lastMs ?? Number.NEGATIVE_INFINITY,
          beforeMs: after,
        });
      }
      lastMs = before;
      resolve();
    });
  });
  return { sightings: () => sightings, stop: () => end(reader) };
}

export interface SurvivingSession extends Pick<SessionSighting, 'from' | 'to' | 'port' | 'receiverIndex'> {
  /** The latest time after the boundary at which it may have been used. */
  readonly lastUsedMs: number;
}

/**
 * Sessions that carried data before a boundary, and those of them that were still used, even if only by a
 * keepalive, more than `graceMs` after it. A sighting that may have been later counts as later. Pure.
 *
 * @param fromMs sessions that were not used after this do not belong to this boundary
 * @param marginMs a packet that may have been sent within this time before the boundary does not count as
 *   before it
 */
export function sessionsBeyond(
  sightings: readonly SessionSighting[],
  window: { fromMs: number; boundaryMs: number; toMs: number; graceMs: number; marginMs: number },
): { readonly carriers: number; readonly surviving: readonly SurvivingSession[] } {
  const { fromMs, boundaryMs, toMs, graceMs, marginMs } = window;
  const keyOf = ({ from, to, port, receiverIndex }: SessionSighting) =>
    `${from} ${to} ${port} ${receiverIndex}`;
  const carriers = new Set(
    sightings
      .filter(
        ({ kind, afterMs, beforeMs }) =>
          kind === 'data' && afterMs >= fromMs && beforeMs <= boundaryMs - marginMs,
      )
      .map(keyOf),
  );
  const surviving = new Map<string, SurvivingSession>();
  for (const sighting of sightings) {
    const { from, to, port, receiverIndex, afterMs, beforeMs } = sighting;
    if (!carriers.has(keyOf(sighting)) || beforeMs <= boundaryMs + graceMs || afterMs > toMs) continue;
    surviving.set(keyOf(sighting), { from, to, port, receiverIndex, lastUsedMs: beforeMs - boundaryMs });
  }
  return { carriers: carriers.size, surviving: [...surviving.values()] };
}

interface Reading {
  readonly before: number;
  readonly after: number;
  readonly table: { readonly nftables: readonly NftObject[] };
}

interface NftObject {
  readonly set?: {
    readonly name: 'data' | 'keepalive';
    readonly elem?: readonly {
      readonly elem: {
        readonly val: { readonly concat: readonly [string, string, number, number] };
        readonly counter: { readonly packets: number };
      };
    }[];
  };
}

function elementsOf({ nftables }: Reading['table']) {
  return nftables.flatMap(({ set }) =>
    (set?.elem ?? []).map(({ elem }) => {
      const [from, to, port, receiverIndex] = elem.val.concat;
      const kind = set?.name ?? 'data';
      const key = [kind, from, to, port, receiverIndex].join(' ');
      return { kind, key, from, to, port, receiverIndex, packets: elem.counter.packets };
    }),
  );
}

async function end(reader: ChildProcess): Promise<void> {
  if (reader.exitCode !== null || reader.signalCode !== null) return;
  const exited = new Promise((resolve) => reader.once('exit', resolve));
  reader.kill('SIGTERM');
  await exited;
}
