// Numbers as people read them.

export function age(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} d`;
}

/** "2 d 3 h", "4 h 5 min", "6 min", "12 s": the two largest units. */
export function lasting(seconds: number): string {
  const [days, hours] = [Math.floor(seconds / 86_400), Math.floor((seconds % 86_400) / 3_600)];
  const minutes = Math.floor((seconds % 3_600) / 60);
  if (days > 0) return `${days} d ${hours} h`;
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min` : `${seconds} s`;
}

export function bitRate(bitsPerSecond: number): string {
  if (bitsPerSecond >= 1e9) return `${round(bitsPerSecond / 1e9)} Gbit/s`;
  if (bitsPerSecond >= 1e6) return `${round(bitsPerSecond / 1e6)} Mbit/s`;
  return bitsPerSecond >= 1e3 ? `${round(bitsPerSecond / 1e3)} kbit/s` : `${bitsPerSecond} bit/s`;
}

const round = (value: number): string => String(Math.round(value * 10) / 10);

/** A count with its noun. */
export const many = (count: number, one: string, several = `${one}s`): string =>
  `${count} ${count === 1 ? one : several}`;

/** An instant of the controller in the reader's time zone. */
export const clockTime = (instant: string): string => new Date(instant).toLocaleTimeString();
export const dateTime = (instant: string): string => new Date(instant).toLocaleString();
