// The files that are made from the protocol's table of operations and its catalogue of problems.
import { openApiDocument, problemDescriptions } from '../../packages/protocol/src/index.ts';

/** @returns {{ path: string, text: string }[]} with the path from the root of the repository */
export function writtenApi() {
  return [
    { path: 'packages/protocol/openapi.json', text: `${JSON.stringify(openApiDocument(), null, 1)}\n` },
    { path: 'docs/problems.md', text: problemsPage() },
  ];
}

function problemsPage() {
  const heads = ['code', 'status', 'meaning', 'what to do'];
  const rows = problemDescriptions.map(({ code, status, title, remedy }) => [
    `\`${code}\``,
    String(status),
    title,
    remedy,
  ]);
  const widths = heads.map((head, at) =>
    Math.max(...[heads, ...rows].map((row) => (row[at] ?? head).length)),
  );
  /** @param {string[]} cells */
  const line = (cells) => `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`;
  return `# Problems

Every refusal is RFC 9457 problem details with one of these codes; [the protocol](protocol.md#problems) says what else
each of them carries. \`npm run api\` writes this page from \`packages/protocol/src/problems.ts\`.

${[line(heads), `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...rows.map(line)].join('\n')}
`;
}
