// Writes amounts of data for people.

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/**
 * "812 B", "1.5 MB": rounded to three digits, in the largest decimal unit that it reaches.
 *
 * @param bytes 0 or more, not necessarily a whole number
 */
export function formatBytes(bytes: number): string {
  let [value, unit] = [bytes, 0];
  // What is rounded up to a thousand belongs to the next unit.
  while (Number(value.toPrecision(3)) >= 1_000 && unit < UNITS.length - 1) {
    value /= 1_000;
    unit += 1;
  }
  return `${unit === 0 ? Math.round(value) : Number(value.toPrecision(3))} ${UNITS[unit]}`;
}
