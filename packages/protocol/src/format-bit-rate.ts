// Writes bit rates for people, in the way that operators write limits.

const UNITS = [
  ['Gbit/s', 9],
  ['Mbit/s', 6],
  ['kbit/s', 3],
] as const;

/**
 * "5 Mbit/s", "1.5 kbit/s": in the largest unit that the rate reaches. It is never rounded, so that two
 * different limits look different.
 *
 * @param bitsPerSecond a whole number
 */
export function formatBitRate(bitsPerSecond: number): string {
  const [unit, power] = UNITS.find((each) => bitsPerSecond >= 10 ** each[1]) ?? ['bit/s', 0];
  const size = 10 ** power;
  // A division would round a large number.
  const fraction = String(bitsPerSecond % size)
    .padStart(power, '0')
    .replace(/0+$/, '');
  return `${Math.floor(bitsPerSecond / size)}${fraction === '' ? '' : `.${fraction}`} ${unit}`;
}
