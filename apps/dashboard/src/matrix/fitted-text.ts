/**
 * As much of a text as is so wide in the context's font, with `…` for the rest; empty if not a letter fits.
 */
export function fittedText(context: CanvasRenderingContext2D, text: string, width: number): string {
  if (context.measureText(text).width <= width) return text;
  let length = text.length - 1;
  while (length > 0 && context.measureText(`${text.slice(0, length)}…`).width > width) length -= 1;
  return length === 0 ? '' : `${text.slice(0, length)}…`;
}
