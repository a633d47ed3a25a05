// Compares dotted version numbers, for the few lines that decide whether a tool is new enough.

/**
 * Whether `version` ("24.21.0", a leading "v" allowed) is `wanted` or newer. False for a text that is not a
 * version.
 *
 * @param {string} version
 * @param {string} wanted
 */
export function isAtLeast(version, wanted) {
  const have = numbersOf(version);
  const want = numbersOf(wanted);
  if (!have || !want) return false;
  for (let index = 0; index < 3; index += 1) {
    const difference = (have[index] ?? 0) - (want[index] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}

/** @param {string} version */
function numbersOf(version) {
  const match = /^v?(\d+)\.(\d+)\.(\d+)/.exec(version);
  return match ? match.slice(1).map(Number) : undefined;
}
