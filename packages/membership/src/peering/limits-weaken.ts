// Compares pair limits: what a change loosens, and the stricter of two in every part. Pure.

import type { LimitPolicy } from '../events/limits-event.ts';

/**
 * What is looser in `after` than in `before`, one sentence without a full stop for each; empty if nothing is.
 * A limit that is gone is looser than any.
 */
export function limitsWeaken(before: LimitPolicy, after: LimitPolicy): readonly string[] {
  const [was, is] = [namedLimits(before), namedLimits(after)];
  const sentences = [...was].flatMap(([name, limit]) => {
    const now = is.get(name);
    if (now === undefined) return [`${name} is no longer ${limit}: there is no limit`];
    return now > limit ? [`${name} rises from ${limit} to ${now}`] : [];
  });
  const epochs = [before.probation?.epochs ?? 0, after.probation?.epochs ?? 0] as const;
  // A probation that is gone is named above.
  if (after.probation !== undefined && epochs[1] < epochs[0])
    sentences.push(`probation.epochs falls from ${epochs[0]} to ${epochs[1]}`);
  return sentences;
}

function namedLimits({ classes, probation, declining, brake }: LimitPolicy): ReadonlyMap<string, number> {
  const all: [string, number | undefined][] = [
    ...[...classes].map(([name, limit]): [string, number] => [`classes.${name}`, limit]),
    ['probation', probation?.bitsPerSecond],
    ['declining', declining],
    ['brake', brake],
  ];
  return new Map(all.filter((entry): entry is [string, number] => entry[1] !== undefined));
}

/** The stricter of both in every part: neither is stricter anywhere. */
export function strictestLimits(one: LimitPolicy, other: LimitPolicy): LimitPolicy {
  const classes = new Map(one.classes);
  for (const [name, limit] of other.classes) classes.set(name, lower(classes.get(name), limit) ?? limit);
  const probation =
    one.probation === undefined || other.probation === undefined
      ? (one.probation ?? other.probation)
      : {
          bitsPerSecond: Math.min(one.probation.bitsPerSecond, other.probation.bitsPerSecond),
          epochs: Math.max(one.probation.epochs, other.probation.epochs),
        };
  return {
    classes,
    probation,
    declining: lower(one.declining, other.declining),
    brake: lower(one.brake, other.brake),
  };
}

function lower(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? (one ?? other) : Math.min(one, other);
}
