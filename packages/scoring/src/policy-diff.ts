// What differs between two policies, value by value, for the person who is about to put one in force.

import { defined } from '@mesh/primitives';
import type { Policy } from './policy.ts';

export interface PolicyDifference {
  /** Dotted, as in a policy: `floors.refusal`. A class is named by its name: `classes.batch.threshold`. */
  readonly path: string;
  /** Absent if the policy before does not have the value. */
  readonly before?: PolicyValue;
  /** Absent if the policy after does not have the value. */
  readonly after?: PolicyValue;
}

/** A value that has no parts of its own in a policy. `true` stands for a class that changes nothing. */
export type PolicyValue = number | boolean | string | readonly string[];

/**
 * Every value that one of the policies has and the other has not, or has differently, in order of its path.
 */
export function diffPolicies(before: Policy, after: Policy): readonly PolicyDifference[] {
  const [was, is] = [valuesOf(before), valuesOf(after)];
  const paths = [...new Set([...was.keys(), ...is.keys()])].sort();
  return paths
    .map((path) => ({ path, before: was.get(path), after: is.get(path) }))
    .filter((one) => JSON.stringify(one.before) !== JSON.stringify(one.after))
    .map(({ path, before: old, after: now }) => ({
      path,
      ...defined({ before: old, after: now }),
    }));
}

function valuesOf({ classes, ...policy }: Policy): Map<string, PolicyValue> {
  const values = new Map<string, PolicyValue>();
  collect(policy, [], values);
  for (const { name, ...own } of classes) {
    values.set(`classes.${name}`, true);
    collect(own, ['classes', name], values);
  }
  return values;
}

function collect(value: unknown, path: readonly string[], values: Map<string, PolicyValue>): void {
  if (value === undefined) return;
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    for (const [key, inner] of Object.entries(value)) collect(inner, [...path, key], values);
    return;
  }
  values.set(path.join('.'), value as PolicyValue);
}
