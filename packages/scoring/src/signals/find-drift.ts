// What the drift signals say of a node, from what was recorded with its newest result.

import type { Policy } from '../policy.ts';
import type { DriftReason } from '../reason.ts';
import { expectedGrade } from '../statistics/reputation.ts';
import type { Drift, DriftDimension } from './drift.ts';
import {
  DRIFT_SIGNALS,
  type DriftAction,
  type DriftRule,
  type DriftSignalName,
  ewmaLimit,
} from './drift-rule.ts';

/** The numbers of one signal. */
export interface DriftNumbers {
  readonly signal: DriftSignalName;
  /**
   * The dimension in which the node is worst; absent for signals about all of them, and while none is learnt.
   */
  readonly dimension?: string;
  /** What the signal has, in the unit of `limit`. */
  readonly value: number;
  /** Where it speaks. */
  readonly limit: number;
  /** How many results it rests on. A reputation's are weighed by their age, so this is no whole number. */
  readonly results: number;
}

export interface DriftSignal extends DriftNumbers {
  readonly action: DriftAction;
  readonly speaks: boolean;
}

/** Every signal of the policy, in the order of `DRIFT_SIGNALS`; empty if it has none or nothing is known. */
export function driftSignalsOf(
  { drift: rule }: Pick<Policy, 'drift'>,
  drift: Drift | undefined,
): readonly DriftSignal[] {
  if (rule === undefined || drift === undefined) return [];
  return DRIFT_SIGNALS.flatMap((signal) => signalOf(rule, drift, signal) ?? []);
}

/** The first signal that speaks and leads to `action`; undefined if there is none. */
export function findDrift(
  policy: Pick<Policy, 'drift'>,
  drift: Drift | undefined,
  action: DriftAction,
): DriftSignal | undefined {
  // Most policies have no such signal, and each decision asks.
  const { drift: rule } = policy;
  if (rule === undefined || drift === undefined) return undefined;
  for (const signal of DRIFT_SIGNALS) {
    if (rule[signal]?.action !== action || !speaksIn(rule, drift, signal)) continue;
    const found = signalOf(rule, drift, signal);
    if (found?.speaks === true) return found;
  }
  return undefined;
}

/** Whether `signalOf` would say that it speaks, without making its numbers: most signals are silent. */
function speaksIn(rule: DriftRule, drift: Drift, signal: DriftSignalName): boolean {
  switch (signal) {
    case 'ewma':
      return rule.ewma !== undefined && highestOf(drift, ewmaOf) > ewmaLimit(rule.ewma);
    case 'cusum':
      return rule.cusum !== undefined && highestOf(drift, cusumOf) > rule.cusum.threshold;
    case 'level':
      return rule.level !== undefined && highestOf(drift, surenessOf) > rule.level.width;
    case 'outlier':
    case 'reputation':
      return signalOf(rule, drift, signal)?.speaks === true;
  }
}

type Reading = (dimension: DriftDimension) => number | undefined;
const ewmaOf: Reading = ({ ewma }) => ewma;
const cusumOf: Reading = ({ cusum }) => cusum;
const surenessOf: Reading = ({ level }) => level && level.mean / Math.sqrt(level.variance);

/** 0 if nothing is read, as `worstOf` has it. */
function highestOf({ dimensions }: Drift, read: Reading): number {
  let highest: number | undefined;
  for (const dimension in dimensions) {
    const known = Object.hasOwn(dimensions, dimension) ? dimensions[dimension] : undefined;
    const value = known && read(known);
    if (value !== undefined && (highest === undefined || value > highest)) highest = value;
  }
  return highest ?? 0;
}

/** The same as a reason. */
export function findDriftReason(
  policy: Pick<Policy, 'drift'>,
  drift: Drift | undefined,
  action: DriftReason['action'],
): DriftReason | undefined {
  const found = findDrift(policy, drift, action);
  if (found === undefined) return undefined;
  const { action: _action, speaks: _speaks, ...numbers } = found;
  return { code: 'drift', action, ...numbers };
}

function signalOf(rule: DriftRule, drift: Drift, signal: DriftSignalName): DriftSignal | undefined {
  switch (signal) {
    case 'ewma': {
      if (rule.ewma === undefined) return undefined;
      return { ...worstOf(drift, ewmaLimit(rule.ewma), ewmaOf), signal, action: rule.ewma.action };
    }
    case 'cusum': {
      if (rule.cusum === undefined) return undefined;
      const { action, threshold } = rule.cusum;
      return { ...worstOf(drift, threshold, cusumOf), signal, action };
    }
    case 'level': {
      if (rule.level === undefined) return undefined;
      const { action, width } = rule.level;
      return { ...worstOf(drift, width, surenessOf), signal, action };
    }
    case 'outlier': {
      if (rule.outlier === undefined) return undefined;
      const { action, results: limit } = rule.outlier;
      const value = drift.outlier?.inARow ?? 0;
      return { signal, action, value, limit, results: learntOf(drift), speaks: value >= limit };
    }
    case 'reputation': {
      if (rule.reputation === undefined) return undefined;
      const { action, below: limit } = rule.reputation;
      const { good, bad } = drift.reputation ?? { good: 0, bad: 0 };
      const value = expectedGrade({ good, bad });
      const speaks = reputationSpeaks(rule.reputation, good, bad);
      return { signal, action, value, limit, results: good + bad, speaks };
    }
  }
}

/** Fewer bad results than this are no reputation. */
const LEAST_BAD = 2;

/**
 * Good results alone take a while to get above the limit, and a stranger is no suspect: only the bad ones
 * tell.
 */
export function reputationSpeaks(
  { below }: NonNullable<DriftRule['reputation']>,
  good: number,
  bad: number,
): boolean {
  return bad >= LEAST_BAD && expectedGrade({ good, bad }) < below;
}

function worstOf(
  { dimensions }: Drift,
  limit: number,
  read: Reading,
): Omit<DriftNumbers, 'signal'> & { readonly speaks: boolean } {
  let worst: Omit<DriftNumbers, 'signal'> | undefined;
  // Makes no list: a replay asks millions of times.
  for (const dimension in dimensions) {
    const known = Object.hasOwn(dimensions, dimension) ? dimensions[dimension] : undefined;
    const value = known && read(known);
    if (value !== undefined && (worst === undefined || value > worst.value))
      worst = { dimension, value, limit, results: (known as DriftDimension).results };
  }
  worst ??= { value: 0, limit, results: learntOf({ dimensions }) };
  return { ...worst, speaks: worst.value > limit };
}

/** How many results the dimension that is known longest rests on. */
function learntOf({ dimensions }: Pick<Drift, 'dimensions'>): number {
  return Object.values(dimensions).reduce((most, { results }) => Math.max(most, results), 0);
}
