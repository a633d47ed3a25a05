// What a node measures of its pairs: traffic, round trips and loss. In `applied` they are rows of bytes, one
// for each of its `peers` in their order, because a large mesh has many. Answers have them as numbers.

import { decodeBase64, encodeBase64 } from '@mesh/primitives';
import * as z from 'zod';
import * as field from '../fields.ts';

/** The version of `figures` that this package writes and reads. */
export const FIGURES_VERSION = 1;
/** A message with figures may be this long; the controller reads no other message of nodes beyond 65,536. */
export const MAX_APPLIED_BYTES = 131_072;
const ROW_BYTES = 32;
const MOST_ROWS = 4_096;
const UNKNOWN = 0xffffffff;
const LONGEST_AGE = 0xffff;
/** The unit of the age of a probe in a row, in milliseconds. */
const AGE_UNIT_MS = 100;

/** What WireGuard has counted for a peer. */
export interface CountedTraffic {
  readonly receivedBytes: number;
  readonly sentBytes: number;
  /** For how long it has been counted, as far as the node knows; whole seconds in a row. */
  readonly forMs: number;
}

/** The last probes that a node has sent to a peer. */
export interface ProbedPath {
  /** Probes whose answer has come or is overdue: 1 to 255. */
  readonly sent: number;
  readonly answered: number;
  /** The median of those that were answered, in milliseconds; undefined if none was. */
  readonly rttMs: number | undefined;
  /** The longest of them. */
  readonly worstRttMs: number | undefined;
  /** How long ago the newest one was sent. */
  readonly ageMs: number;
}

export interface PairRow {
  /** Undefined if the peer is not on the interface that was read. */
  readonly traffic: CountedTraffic | undefined;
  /** Undefined before the first probe. */
  readonly probed: ProbedPath | undefined;
}

/**
 * Row by row, little-endian: received and sent bytes (64 bits each), the seconds for which they have been
 * counted (32, all ones: traffic is not known), the median and the longest round trip in microseconds (32
 * each, all ones: none was answered), the age of the newest probe in tenths of a second (16, all ones: or
 * more), how many probes were sent and how many answered (8 each).
 *
 * @returns base64
 */
export function encodePairRows(rows: readonly PairRow[]): string {
  const view = new DataView(new ArrayBuffer(rows.length * ROW_BYTES));
  for (const [index, { traffic, probed }] of rows.entries()) {
    const at = index * ROW_BYTES;
    view.setBigUint64(at, BigInt(traffic?.receivedBytes ?? 0), true);
    view.setBigUint64(at + 8, BigInt(traffic?.sentBytes ?? 0), true);
    view.setUint32(at + 16, upTo(UNKNOWN - 1, traffic && traffic.forMs / 1_000), true);
    view.setUint32(at + 20, upTo(UNKNOWN - 1, probed?.rttMs && probed.rttMs * 1_000), true);
    view.setUint32(at + 24, upTo(UNKNOWN - 1, probed?.worstRttMs && probed.worstRttMs * 1_000), true);
    view.setUint16(at + 28, Math.min(LONGEST_AGE, Math.round((probed?.ageMs ?? 0) / AGE_UNIT_MS)), true);
    view.setUint8(at + 30, probed?.sent ?? 0);
    view.setUint8(at + 31, probed?.answered ?? 0);
  }
  return encodeBase64(new Uint8Array(view.buffer));
}

const upTo = (most: number, value: number | undefined): number =>
  value === undefined ? UNKNOWN : Math.min(most, Math.max(0, Math.round(value)));

/** Rows that fit {@link appliedFigures}; reads one at a time, so that a report stays as small as it came. */
export class PairRows {
  readonly #view: DataView;

  /** @throws PrimitivesError for what is no base64 */
  constructor(base64: string) {
    const bytes = decodeBase64(base64);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get count(): number {
    return this.#view.byteLength / ROW_BYTES;
  }

  /** @throws RangeError beyond the last row */
  at(index: number): PairRow {
    const [view, at] = [this.#view, index * ROW_BYTES];
    const seconds = view.getUint32(at + 16, true);
    const sent = view.getUint8(at + 30);
    const rtt = (offset: number) => {
      const microseconds = view.getUint32(at + offset, true);
      return microseconds === UNKNOWN ? undefined : microseconds / 1_000;
    };
    return {
      traffic:
        seconds === UNKNOWN
          ? undefined
          : {
              receivedBytes: Number(view.getBigUint64(at, true)),
              sentBytes: Number(view.getBigUint64(at + 8, true)),
              forMs: seconds * 1_000,
            },
      probed:
        sent === 0
          ? undefined
          : {
              ...{ sent, answered: view.getUint8(at + 31), rttMs: rtt(20), worstRttMs: rtt(24) },
              ageMs: view.getUint16(at + 28, true) * AGE_UNIT_MS,
            },
    };
  }
}

/** @returns what is wrong with a row; undefined if nothing is */
function faultOf({ traffic, probed }: PairRow): string | undefined {
  if (traffic !== undefined && !areCounts([traffic.receivedBytes, traffic.sentBytes]))
    return 'counts more than 2^53 - 1 bytes';
  if (probed === undefined) return undefined;
  const { sent, answered, rttMs, worstRttMs } = probed;
  if (answered > sent) return 'has more answers than probes';
  if (answered > 0 !== (rttMs !== undefined) || (rttMs === undefined) !== (worstRttMs === undefined))
    return 'has round trips if, and only if, probes were answered';
  return (rttMs ?? 0) > (worstRttMs ?? 0) ? 'has a median above the longest round trip' : undefined;
}

const areCounts = (values: readonly number[]): boolean => values.every(Number.isSafeInteger);

const ROWS = field.base64UpTo(MOST_ROWS * ROW_BYTES);

/** `figures` of a report. Goes only to a controller that has said that it reads this version. */
export const appliedFigures = z.strictObject({
  version: z.literal(FIGURES_VERSION),
  /** How often each peer is probed; 0: never. */
  probe_interval_ms: field.count.max(86_400_000),
  /** One for each of `peers`, as `encodePairRows` writes them. */
  rows: ROWS.superRefine((text, context) => {
    const rows = rowsIn(text);
    const fault = rows === undefined ? 'must be whole rows of 32 bytes' : firstFault(rows);
    if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
  }),
});
export type AppliedFigures = z.infer<typeof appliedFigures>;

/** @returns undefined for what is no base64 of whole rows */
export function rowsIn(base64: string): PairRows | undefined {
  const isBase64 = ROWS.safeParse(base64).success;
  const rows = isBase64 ? new PairRows(base64) : undefined;
  return rows !== undefined && Number.isInteger(rows.count) ? rows : undefined;
}

function firstFault(rows: PairRows): string | undefined {
  for (let index = 0; index < rows.count; index += 1) {
    const fault = faultOf(rows.at(index));
    if (fault !== undefined) return `row ${index} ${fault}`;
  }
  return undefined;
}

/** The figures of a pair as one end reports them. */
export const pairFigures = z.object({
  /** Null: the node does not say. */
  traffic: z
    .object({
      received_bytes: field.count,
      sent_bytes: field.count,
      /** Bytes a second; null until two reports count without a break. */
      rates: z
        .object({
          received: z.number(),
          sent: z.number(),
          /** The time between those two reports. */
          over_ms: field.count,
        })
        .nullable(),
    })
    .nullable(),
  /**
   * `measured`: the figures count. `too_few`: there are not enough probes yet. `no_answer`: none of the last
   * probes was answered; packets are lost, or the other end does not answer probes. `old`: the newest probe
   * was too long ago. `off`: the node does not probe the peer.
   */
  probes: z.object({
    state: z.enum(['measured', 'too_few', 'no_answer', 'old', 'off']),
    /** How many of the last probes are judged, and how many of them were answered. */
    sent: field.count,
    answered: field.count,
    /** Only where `measured`, else null: the share that was lost, and the median and longest round trip. */
    loss: z.number().nullable(),
    rtt_ms: z.number().nullable(),
    worst_rtt_ms: z.number().nullable(),
    /** How long ago the newest one was sent; null: none. */
    age_ms: field.count.nullable(),
  }),
});
export type PairFigures = z.infer<typeof pairFigures>;

/** The figures of all pairs of a node together. A node that does not say has none. */
export const pairFiguresTotal = z.object({
  /** Bytes a second, of the pairs that have rates; null: none has. */
  received: z.number().nullable(),
  sent: z.number().nullable(),
  /** The largest of the pairs that are measured; null: none is. */
  loss: z.number().nullable(),
  rtt_ms: z.number().nullable(),
  /** How many pairs are probed and have no answer. */
  without_answer: field.count,
});
