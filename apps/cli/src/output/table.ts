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

/**
 * Rows under a header. The last column is not padded.
 *
 * @param columns how wide the terminal is. Where the table is wider, its widest columns are cut, with an
 *   ellipsis, but never the first one. Undefined: nothing is cut
 */
export function renderTable(
  header: readonly string[],
  rows: readonly (readonly (string | Cell)[])[],
  columns?: number,
): string {
  const cells = [header, ...rows].map((row) =>
    row.map((value) => {
      const { text, paint } = cellOf(value);
      return { text: printable(text, MAX_CELL_LENGTH) || '-', paint };
    }),
  );
  const needed = header.map((_, column) =>
    Math.max(...cells.map((row) => lengthOf(row[column]?.text ?? ''))),
  );
  const widths = columns === undefined ? needed : fitted(needed, header.map(lengthOf), columns);
  return cells
    .map((row) => {
      const padded = row.map(({ text: whole, paint = (plain) => plain }, column) => {
        const isLast = column === row.length - 1;
        const text = cutAt(whole, widths[column] ?? 0);
        return `${paint(text)}${isLast ? '' : ' '.repeat((widths[column] ?? 0) - lengthOf(text))}`;
      });
      return `${padded.join(GAP)}\n`;
    })
    .join('');
}

/** Takes from the widest column again and again. Headers stay whole, so a narrow terminal may not suffice. */
function fitted(needed: readonly number[], least: readonly number[], columns: number): readonly number[] {
  const widths = [...needed];
  const total = () => widths.reduce((sum, width) => sum + width, GAP.length * (widths.length - 1));
  for (let over = total() - columns; over > 0; over -= 1) {
    const wide = widths.map((width, at) => (at > 0 && width > (least[at] ?? 0) ? width : 0));
    const widest = Math.max(...wide);
    if (widest === 0) break;
    widths[wide.indexOf(widest)] = widest - 1;
  }
  return widths;
}

const cutAt = (text: string, width: number): string =>
  lengthOf(text) <= width ? text : `${[...text].slice(0, width - 1).join('')}…`;

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
