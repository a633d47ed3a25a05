// Lengths of time as people write them: 90s, 30m, 1h, 7d; and as people read them: 4 min 12 s.

const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

/** Seconds; `undefined` for anything but a whole number with one unit. */
export function parseDurationSeconds(text: string): number | undefined {
  const match = /^(\d{1,9})([smhd])$/.exec(text);
  return match === null ? undefined : Number(match[1]) * SECONDS[match[2] as keyof typeof SECONDS];
}

const UNITS: readonly (readonly [name: string, seconds: number])[] = [
  ['d', SECONDS.d],
  ['h', SECONDS.h],
  ['min', SECONDS.m],
  ['s', SECONDS.s],
];

/** The two largest units, rounded down: "4 min 12 s". */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  const at = UNITS.findIndex(([, length]) => seconds >= length);
  if (at === -1) return '0 s';
  let left = seconds;
  return UNITS.slice(at, at + 2)
    .map(([name, length]) => {
      const count = Math.floor(left / length);
      left -= count * length;
      return [count, name] as const;
    })
    .filter(([count]) => count > 0)
    .map(([count, name]) => `${count} ${name}`)
    .join(' ');
}
