// Lengths of time as people write them: 90s, 30m, 1h, 7d.

const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

/** Seconds; `undefined` for anything but a whole number with one unit. */
export function parseDurationSeconds(text: string): number | undefined {
  const match = /^(\d{1,9})([smhd])$/.exec(text);
  return match === null ? undefined : Number(match[1]) * SECONDS[match[2] as keyof typeof SECONDS];
}
