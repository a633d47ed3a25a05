// Lines of cells as text, each column as wide as its widest cell.

/** @param right the columns that are aligned to the right, counted from 0 */
export function alignColumns(lines: readonly (readonly string[])[], right: readonly number[]): string[] {
  const columns = Math.max(0, ...lines.map((line) => line.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...lines.map((line) => line[column]?.length ?? 0)),
  );
  return lines.map((line) =>
    line
      .map((text, column) => {
        const width = widths[column] ?? 0;
        return right.includes(column) ? text.padStart(width) : text.padEnd(width);
      })
      .join('  ')
      .trimEnd(),
  );
}
