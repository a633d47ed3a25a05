// What a benchmark says of a target that it missed.

import { figure } from './report.ts';

/**
 * A line if the value is not under the limit, otherwise none.
 *
 * @param what is held to it: `10,000 nodes: publication`
 */
export function missedTarget(what: string, value: number, limit: number, unit: string): string[] {
  if (value < limit) return [];
  return [`${what} is ${figure(value)} ${unit}, and is to be under ${figure(limit)} ${unit}`];
}
