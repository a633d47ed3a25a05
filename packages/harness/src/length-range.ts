// A range of lengths, as it is written in a suite: `20..400`, `..400`, `20..`.

const RANGE = /^(\d{1,7})?\.\.(\d{1,7})?$/;

export interface LengthRange {
  readonly least: number;
  readonly most: number;
}

/** @returns undefined if the text is no range */
export function parseLengthRange(text: string): LengthRange | undefined {
  const [all, least, most] = RANGE.exec(text.trim()) ?? [];
  if (all === undefined || (least === undefined && most === undefined)) return undefined;
  const range = {
    least: Number(least ?? 0),
    most: most === undefined ? Number.POSITIVE_INFINITY : Number(most),
  };
  return range.least <= range.most ? range : undefined;
}

/** Whether a text has as many characters (code points) as the range says. */
export function isWithin(text: string, range: string): boolean {
  const parsed = parseLengthRange(range);
  const length = [...text].length;
  return parsed !== undefined && length >= parsed.least && length <= parsed.most;
}
