// Reads a result from what an entry of the log reveals. By hand: a backtest reads millions, and a schema
// takes several times as long as the replay.

import type { Benchmark } from '@mesh/scoring';
import { readInstant } from './read-instant.ts';

type Fields = Readonly<Record<string, unknown>>;
const SIGNALS = ['latencyMs', 'errorRate', 'handshakes', 'skewMs'] as const;

/** @returns undefined if it is no result, or if its details are gone */
export function readResult(revealed: unknown): Benchmark | undefined {
  if (!isFields(revealed)) return undefined;
  const { scores, samples, measured_by: measuredBy, sent_at: sentAt, signals } = revealed;
  const measuredAtMs = readInstant(revealed.measured_at);
  const arrivedAtMs = readInstant(revealed.arrived_at);
  const sentAtMs = sentAt === undefined ? undefined : readInstant(sentAt);
  if (measuredAtMs === undefined || arrivedAtMs === undefined) return undefined;
  if (sentAt !== undefined && sentAtMs === undefined) return undefined;
  if (!areNumbers(scores) || !(samples === undefined || samples === null || areNumbers(samples)))
    return undefined;
  if (!(measuredBy === undefined || typeof measuredBy === 'string')) return undefined;
  if (!(signals === undefined || areSignals(signals))) return undefined;
  return {
    scores,
    samples: samples ?? undefined,
    measuredBy,
    measuredAtMs,
    arrivedAtMs,
    sentAtMs,
    signals,
  };
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function areNumbers(named: unknown): named is Readonly<Record<string, number>> {
  if (!isFields(named)) return false;
  for (const name in named) if (!Number.isFinite(named[name])) return false;
  return true;
}

function areSignals(given: unknown): given is NonNullable<Benchmark['signals']> {
  if (!isFields(given)) return false;
  for (const name of SIGNALS) if (given[name] !== undefined && !Number.isFinite(given[name])) return false;
  return true;
}
