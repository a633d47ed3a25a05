// Counts what became of a stream of numbered packets. It compares the sender's log with the receiver's. Pure.

/**
 * One attempt to send. `error` is the errno name when the kernel refused the packet: it never left the host.
 */
export interface SentPacket {
  seq: number;
  atMs: number;
  error?: string;
}

/** One arrival. A packet that arrives twice has two. `sentAtMs` comes from the packet. */
export interface ReceivedPacket {
  seq: number;
  sentAtMs: number;
  atMs: number;
}

export interface PacketWindow {
  /** A packet that takes longer than this is late: it is not in time and not lost. Default 2000. */
  lateAfterMs?: number;
  /** Only packets sent at or after this moment. */
  fromMs?: number;
  /** Only packets sent before this moment. */
  toMs?: number;
  /** Observation continues: packets sent within `lateAfterMs` before this moment may still arrive. */
  nowMs?: number;
}

/** `sent = onTime + late + lost + pending` always holds. */
export interface PacketStats {
  /** Packets that left the sender. */
  sent: number;
  onTime: number;
  late: number;
  lost: number;
  /** Not arrived, but too recent to be called lost (only with `nowMs`). */
  pending: number;
  /** Attempts that the sender's kernel refused, by errno name; not in `sent`. */
  sendErrors: number;
  sendErrorCodes: Record<string, number>;
  /** Arrivals beyond a packet's first. */
  duplicates: number;
  /** First arrivals with a sequence number below that of an earlier arrival (RFC 4737 section 3.3). */
  reordered: number;
  /**
   * Longest silence at the receiver from the first sending to the last one (including refused ones), so that
   * a stream that died half-way shows. `undefined` if nothing was sent.
   */
  longestGapMs: number | undefined;
  firstReceivedMs: number | undefined;
  lastReceivedMs: number | undefined;
  lastSentMs: number | undefined;
}

/** Counts the packets of one stream. The logs may be in any order. */
export function summarise(
  sentLog: readonly SentPacket[],
  receivedLog: readonly ReceivedPacket[],
  window: PacketWindow = {},
): PacketStats {
  const { lateAfterMs = 2_000, fromMs = -Infinity, toMs = Infinity, nowMs = Infinity } = window;
  const inWindow = (sentAtMs: number) => sentAtMs >= fromMs && sentAtMs < toMs;
  const attempts = sentLog.filter((packet) => inWindow(packet.atMs));
  const arrivals = receivedLog.filter((packet) => inWindow(packet.sentAtMs)).sort((a, b) => a.atMs - b.atMs);

  const sentAt = new Map<number, number>();
  const sendErrorCodes: Record<string, number> = {};
  for (const { seq, atMs, error } of attempts) {
    if (error === undefined) sentAt.set(seq, atMs);
    else sendErrorCodes[error] = (sendErrorCodes[error] ?? 0) + 1;
  }
  // A killed sender takes its last log lines with it, but a packet that arrived was certainly sent.
  for (const { seq, sentAtMs } of arrivals) {
    if (!sentAt.has(seq)) sentAt.set(seq, sentAtMs);
  }

  const seen = new Set<number>();
  let [late, reordered, highest] = [0, 0, -1];
  for (const { seq, sentAtMs, atMs } of arrivals) {
    if (seen.has(seq)) continue;
    seen.add(seq);
    if (atMs - sentAtMs > lateAfterMs) late += 1;
    if (seq < highest) reordered += 1;
    highest = Math.max(highest, seq);
  }
  let pending = 0;
  for (const [seq, atMs] of sentAt) {
    if (!seen.has(seq) && nowMs - atMs <= lateAfterMs) pending += 1;
  }

  const moments = [...attempts.map((packet) => packet.atMs), ...sentAt.values()].sort((a, b) => a - b);
  const sent = sentAt.size;
  return {
    sent,
    onTime: seen.size - late,
    late,
    lost: sent - seen.size - pending,
    pending,
    sendErrors: Object.values(sendErrorCodes).reduce((sum, count) => sum + count, 0),
    sendErrorCodes,
    duplicates: arrivals.length - seen.size,
    reordered,
    longestGapMs: longestGap(
      moments.at(0),
      arrivals.map((packet) => packet.atMs),
      moments.at(-1),
    ),
    firstReceivedMs: arrivals.at(0)?.atMs,
    lastReceivedMs: arrivals.at(-1)?.atMs,
    lastSentMs: moments.at(-1),
  };
}

function longestGap(
  startMs: number | undefined,
  arrivalsMs: number[],
  endMs: number | undefined,
): number | undefined {
  if (startMs === undefined || endMs === undefined) return undefined;
  let [longest, previous] = [0, startMs];
  for (const atMs of [...arrivalsMs, endMs]) {
    longest = Math.max(longest, atMs - previous);
    previous = Math.max(previous, atMs);
  }
  return longest;
}
