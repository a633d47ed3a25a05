// Renders aligned text for terminals. Every cell is escaped here, once, so that text from a node or a
// controller can neither move the cursor nor forge a line. Colours are added last, because they have no
// width.

import { printable } from '@mesh/protocol';

const GAP = '  ';
const MAX_CELL_LENGTH = 512;

export interface Cell {
  readonly text: string;
  readonly paint?: (text: string) => string;
}

const cellOf = (value: string | Cell): Cell => (typeof value === 'string' ? { text: value } : value);

/** Rows under a header. The last column is not padded. */
export function renderTable(
  header: readonly string[],
  rows: readonly (readonly (string | Cell)[])[],
): string {
  const cells = [header, ...rows].map((row) =>
    row.map((value) => {
      const { text, paint } = cellOf(value);
      return { text: printable(text, MAX_CELL_LENGTH) || '-', paint };
    }),
  );
  const widths = header.map((_, column) =>
    Math.max(...cells.map((row) => lengthOf(row[column]?.text ?? ''))),
  );
  return cells
    .map((row) => {
      const padded = row.map(({ text, paint = (plain) => plain }, column) => {
        const isLast = column === row.length - 1;
        return `${paint(text)}${isLast ? '' : ' '.repeat((widths[column] ?? 0) - lengthOf(text))}`;
      });
      return `${padded.join(GAP)}\n`;
    })
    .join('');
}

/** Names and values, one per line. */
export function renderFields(fields: readonly (readonly [name: string, value: string | Cell])[]): string {
  const width = Math.max(...fields.map(([name]) => lengthOf(name)));
  return fields
    .map(([name, value]) => {
      const { text, paint = (plain: string) => plain } = cellOf(value);
      return `${name.padEnd(width)}${GAP}${paint(printable(text, MAX_CELL_LENGTH) || '-')}\n`;
    })
    .join('');
}

/**
 * The length in code points. That is the width, because ids, addresses and numbers are ASCII, and free text
 * is in the last column.
 */
function lengthOf(text: string): number {
  return [...text].length;
}
