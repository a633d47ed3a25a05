// X25519 written out from RFC 7748, section 5, over whole numbers, for points that the libraries give no way
// to make.

import { bytesOf, integerOf, mod as modulo, power } from './whole-numbers.ts';

export const P = 2n ** 255n - 19n;
/** The orders of the large subgroups of the curve and of its twist. */
export const CURVE_ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;
export const TWIST_ORDER = (P + 1n) / 2n - 2n * CURVE_ORDER;
const A24 = 121_665n;

const mod = (value: bigint): bigint => modulo(value, P);

/** The u-coordinate of k times the point at u; undefined if that is the point at infinity. */
export function times(k: bigint, u: bigint): bigint | undefined {
  let [x2, z2, x3, z3] = [1n, 0n, mod(u), 1n];
  for (let bit = 255n; bit >= 0n; bit--) {
    const swap = (k >> bit) & 1n;
    if (swap) [x2, z2, x3, z3] = [x3, z3, x2, z2];
    const [a, b, c, d] = [x2 + z2, x2 - z2, x3 + z3, x3 - z3];
    const [aa, bb] = [mod(a * a), mod(b * b)];
    const e = mod(aa - bb);
    const [da, cb] = [mod(d * a), mod(c * b)];
    [x3, z3] = [mod((da + cb) ** 2n), mod(mod(u) * (da - cb) ** 2n)];
    [x2, z2] = [mod(aa * bb), mod(e * (aa + A24 * e))];
    if (swap) [x2, z2, x3, z3] = [x3, z3, x2, z2];
  }
  return z2 === 0n ? undefined : mod(x2 * power(z2, P - 2n, P));
}

export function isOnCurve(u: bigint): boolean {
  const right = mod(u ** 3n + 486_662n * u ** 2n + u);
  return right === 0n || power(right, (P - 1n) / 2n, P) === 1n;
}

/** The u-coordinate of the point of which this one is k times, if it is in a large subgroup. */
export function divide(u: bigint, k: bigint): bigint | undefined {
  const order = isOnCurve(u) ? CURVE_ORDER : TWIST_ORDER;
  if (times(order, u) !== undefined) return undefined;
  return times(power(k, order - 2n, order), u);
}

/** decodeScalar25519 of section 5. */
export function clamped(secret: Uint8Array): bigint {
  const scalar = integerOf(secret) & ~7n & (2n ** 255n - 1n);
  return scalar | (2n ** 254n);
}

/** The function X25519; zeros for the point at infinity. */
export function x25519ByHand(secret: Uint8Array, publicKey: Uint8Array): Uint8Array {
  const u = integerOf(publicKey) & (2n ** 255n - 1n);
  return bytesOf(times(clamped(secret), u) ?? 0n);
}
