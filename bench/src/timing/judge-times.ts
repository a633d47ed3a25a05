// Says of the t of all rounds whether there is a leak.

import { figure } from '../report.ts';

const LIMIT = 4.5;

/** Whether every round shows the same difference. */
export function isLeak(ts: readonly number[]): boolean {
  return ts.length > 0 && (ts.every((t) => t > LIMIT) || ts.every((t) => t < -LIMIT));
}

type Rounds = ReadonlyMap<string, readonly number[]>;

/** One line for each leak in what ships, and for each planted one that was not found. */
export function judgeTimes(tested: Rounds, planted: Rounds): string[] {
  const all = (ts: readonly number[]) => ts.map(figure).join(', ');
  return [
    ...[...tested]
      .filter(([, ts]) => isLeak(ts))
      .map(([name, ts]) => `${name}: t is ${all(ts)}: its time depends on the secret`),
    ...[...planted]
      .filter(([, ts]) => !isLeak(ts))
      .map(([name, ts]) => `${name}: t is ${all(ts)}: the test does not find it, so it would find no other`),
  ];
}
