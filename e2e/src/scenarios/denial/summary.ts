// The summary of a series of denials: how long until the last packet and until the removal on every other
// node, by the cause of the denial and by what the node's agent was doing. Pure.

import type { Meters } from '@mesh/e2e';
import { percentile } from '../../scenario.ts';
import type { Denial } from './denial.ts';

export interface Spread {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export interface DenialSummary {
  readonly denials: number;
  /** From the arrival of the cause to the last packet on any stream from or to the node. */
  readonly last_packet_ms: Spread;
  /** From the arrival of the cause to the removal on the last of the other nodes. */
  readonly removed_ms: Spread;
  /** How much of that the programs waited for a core: about 0 on an idle machine. */
  readonly waited_for_a_core_ms: Spread;
}

export interface MeasuredDenial<Name extends string> extends Denial<Name> {
  readonly lastPacketMs: number;
  /** Infinity if not all of them removed it. */
  readonly removedAfterMs: number;
}

export function measure<Name extends string>(
  denial: Denial<Name>,
  meters: Pick<Meters<Name>, 'between'>,
): MeasuredDenial<Name> {
  const { victim, peers, arrivedMs, endedMs } = denial;
  const lastMs = peers
    .flatMap((peer) => [meters.between(victim, peer), meters.between(peer, victim)])
    .map((meter) => meter.arrivals().findLast(({ atMs }) => atMs < endedMs)?.atMs ?? 0);
  const removedMs = [...denial.removedMs.values()].map((atMs) => atMs ?? Number.POSITIVE_INFINITY);
  return {
    ...denial,
    lastPacketMs: Math.max(0, Math.max(...lastMs) - arrivedMs),
    removedAfterMs: Math.max(0, Math.max(...removedMs) - arrivedMs),
  };
}

export function summariseDenials<Name extends string>(
  denials: readonly MeasuredDenial<Name>[],
): DenialSummary {
  return {
    denials: denials.length,
    last_packet_ms: spreadOf(denials.map(({ lastPacketMs }) => lastPacketMs)),
    removed_ms: spreadOf(denials.map(({ removedAfterMs }) => removedAfterMs)),
    waited_for_a_core_ms: spreadOf(denials.map(({ waitedMs }) => waitedMs)),
  };
}

export function summariseBy<Name extends string, Field extends 'kind' | 'state'>(
  denials: readonly MeasuredDenial<Name>[],
  field: Field,
): Record<string, DenialSummary> {
  return Object.fromEntries(
    [...new Set(denials.map((denial) => denial[field]))].map((value) => [
      value,
      summariseDenials(denials.filter((denial) => denial[field] === value)),
    ]),
  );
}

export function spreadOf(samples: readonly number[]): Spread {
  const rounded = (ms: number) => Math.round(ms * 10) / 10;
  return {
    p50: rounded(percentile(samples, 0.5)),
    p99: rounded(percentile(samples, 0.99)),
    max: rounded(Math.max(...samples)),
  };
}
