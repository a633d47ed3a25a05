/**
 * A size or an index as C2SP's formats write it: ASCII decimal without leading zeros.
 * @returns undefined for any other text, and for a number from 2^53
 */
export function parseDecimal(text: string): number | undefined {
  if (!/^(?:0|[1-9]\d{0,15})$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : undefined;
}
