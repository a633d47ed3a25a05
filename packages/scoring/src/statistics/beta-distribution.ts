// The beta distribution: its distribution function by the continued fraction of the incomplete beta function
// (DLMF 8.17.22, evaluated by Lentz's method), and its quantiles by bisection.

import { logBeta } from './log-gamma.ts';

const MAX_STEPS = 10_000;
const PRECISION = 1e-15;
const TINY = 1e-300;

/** P(X ≤ x) of a Beta(a, b) variable: the regularised incomplete beta function. x is from 0 to 1. */
export function betaCdf(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const front = Math.exp(a * Math.log(x) + b * Math.log1p(-x) - logBeta(a, b));
  // The fraction converges fast below the mean; above it, the other tail does.
  return x < (a + 1) / (a + b + 2)
    ? (front * continuedFraction(x, a, b)) / a
    : 1 - (front * continuedFraction(1 - x, b, a)) / b;
}

/** The x with `betaCdf(x, a, b) = p`, to the last digits that a number has. */
export function betaQuantile(p: number, a: number, b: number): number {
  let [below, above] = [0, 1];
  // 64 halvings reach neighbouring numbers anywhere but next to 0.
  for (let step = 0; step < 64; step++) {
    const middle = (below + above) / 2;
    if (betaCdf(middle, a, b) < p) below = middle;
    else above = middle;
  }
  return (below + above) / 2;
}

function continuedFraction(x: number, a: number, b: number): number {
  let c = 1;
  let d = notZero(1 - ((a + b) * x) / (a + 1));
  d = 1 / d;
  let value = d;
  for (let m = 1; m <= MAX_STEPS; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / notZero(1 + even * d);
    c = notZero(1 + even / c);
    value *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / notZero(1 + odd * d);
    c = notZero(1 + odd / c);
    const change = d * c;
    value *= change;
    if (Math.abs(change - 1) < PRECISION) break;
  }
  return value;
}

const notZero = (value: number): number => (Math.abs(value) < TINY ? TINY : value);
