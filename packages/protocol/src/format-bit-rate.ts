// Bit rates for people: limits as operators write them.

const UNITS = [
  ['Gbit/s', 1e9],
  ['Mbit/s', 1e6],
  ['kbit/s', 1e3],
  ['bit/s', 1],
] as const;

/**
 * "5 Mbit/s", "1.5 kbit/s": in the largest unit that the rate reaches, and never rounded, so that two limits that differ
 * look different.
 *
 * @param bitsPerSecond a whole number
 */
export function formatBitRate(bitsPerSecond: number): string {
  const [unit, size] = UNITS.find(([, least]) => bitsPerSecond >= least) ?? ['bit/s', 1];
  return `${bitsPerSecond / size} ${unit}`;
}
