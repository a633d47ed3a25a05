// What a node has measured of its pairs, as its newest report says it. Pure.

import type { NodeId } from '@mesh/primitives';
import { APPLIED_EVERY_MS, type AppliedMessage, type CountedTraffic, PairRows } from '@mesh/protocol';
import { type PathHealth, pathHealth } from '@mesh/wg';
import { type EarlierTraffic, type TrafficRate, TrafficRates } from './traffic-rates.ts';

export interface ReportedFigures {
  readonly rows: PairRows;
  readonly rates: TrafficRates;
  /** 0: the node does not probe. */
  readonly probeIntervalMs: number;
}

/** All pairs of a report together. */
export interface FigureTotals {
  /** Bytes a second, of the pairs that have rates; undefined if none has. */
  readonly received: number | undefined;
  readonly sent: number | undefined;
  /** The largest of the pairs that are measured; undefined if none is. */
  readonly loss: number | undefined;
  readonly rttMs: number | undefined;
  /** How many pairs are probed and have no answer. */
  readonly withoutAnswer: number;
}

export interface PairMeasured {
  readonly traffic: (CountedTraffic & { readonly rates: TrafficRate | undefined }) | undefined;
  readonly path: PathHealth;
}

/** @returns undefined if the report has no figures */
export function figuresIn(
  { figures, peers }: AppliedMessage,
  earlier: EarlierTraffic | undefined,
  nowMs: number,
): ReportedFigures | undefined {
  if (figures === undefined) return undefined;
  const rows = new PairRows(figures.rows);
  const counted = peers.map(({ node_id }, row): [NodeId, CountedTraffic | undefined] => [
    node_id,
    rows.at(row).traffic,
  ]);
  return {
    rows,
    rates: TrafficRates.from(counted, earlier, nowMs),
    probeIntervalMs: figures.probe_interval_ms,
  };
}

/** @param sinceReportMs how long ago the report arrived */
export function measuredIn(
  { rows, rates, probeIntervalMs }: ReportedFigures,
  row: number,
  sinceReportMs: number,
): PairMeasured {
  const { traffic, probed } = rows.at(row);
  return {
    traffic: traffic && { ...traffic, rates: rates.of(row) },
    path: pathHealth(probed && { ...probed, ageMs: probed.ageMs + sinceReportMs }, {
      intervalMs: probeIntervalMs,
      oldAfterMs: figuresCountForMs(probeIntervalMs),
    }),
  };
}

/** What comes in reports is as old as a report may be, however often the node probes. */
export const figuresCountForMs = (probeIntervalMs: number): number =>
  2 * Math.max(probeIntervalMs, APPLIED_EVERY_MS);

export function totalFigures(figures: ReportedFigures): FigureTotals {
  let [received, sent]: [number | undefined, number | undefined] = [undefined, undefined];
  let [loss, rttMs]: [number | undefined, number | undefined] = [undefined, undefined];
  let withoutAnswer = 0;
  for (let row = 0; row < figures.rows.count; row += 1) {
    const { traffic, path } = measuredIn(figures, row, 0);
    if (traffic?.rates !== undefined) {
      received = (received ?? 0) + traffic.rates.received;
      sent = (sent ?? 0) + traffic.rates.sent;
    }
    loss = larger(loss, path.loss);
    rttMs = larger(rttMs, path.rttMs);
    if (path.state === 'no_answer') withoutAnswer += 1;
  }
  return { received, sent, loss, rttMs, withoutAnswer };
}

const larger = (one: number | undefined, other: number | undefined): number | undefined =>
  one === undefined || other === undefined ? (one ?? other) : Math.max(one, other);
