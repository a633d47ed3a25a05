// A table of Markdown with columns of one width.

/** @param {readonly string[]} heads @param {readonly (readonly string[])[]} rows */
export function renderTable(heads, rows) {
  const cells = rows.map((row) => row.map((cell) => cell.replaceAll('|', '\\|')));
  const widths = heads.map((head, at) =>
    Math.max(...[heads, ...cells].map((row) => (row[at] ?? head).length)),
  );
  const line = (/** @type {readonly string[]} */ row) =>
    `| ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [line(heads), rule, ...cells.map(line)].join('\n');
}
