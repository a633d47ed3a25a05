// The OpenAPI document as one page of HTML, for people without a network: no script, no other file, no other
// address.

import type { OpenApiDocument } from './document.ts';

interface OperationObject {
  readonly operationId: string;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly parameters: readonly { name: string; in: string; required: boolean; schema: object }[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>;
  readonly 'x-socket-path'?: string;
  readonly 'x-least-role'?: string;
  readonly 'x-problem-codes': readonly string[];
}
type Content = Readonly<Record<string, { readonly schema: object }>>;

interface Readable {
  readonly info: { readonly title: string; readonly description: string; readonly version: string };
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, OperationObject>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
  readonly 'x-problems': readonly { code: string; status: number; title: string; remedy: string }[];
}

/** The style sheet of the page, for a content security policy that names its hash. */
export const PAGE_STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 70rem; margin: 0 auto; padding: 1rem; }
details { border-top: 1px solid color-mix(in srgb, currentColor 25%, transparent); padding: .4rem 0; }
summary { cursor: pointer; } summary b { display: inline-block; min-width: 3.2rem; }
code, pre { font: .875rem/1.45 ui-monospace, monospace; overflow-wrap: anywhere; }
pre { overflow-x: auto; white-space: pre-wrap; }
table { border-collapse: collapse; width: 100%; } td, th { text-align: start; vertical-align: top; padding: .15rem .8rem .15rem 0; }
:target { outline: 2px solid; outline-offset: .3rem; }
@media print { details > * { display: block; } }
`;

/** @param document as `openApiDocument` makes it */
export function openApiPage(document: OpenApiDocument): string {
  const { info, tags, paths, components, 'x-problems': problems } = document as unknown as Readable;
  const operations = Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );
  const parts = [
    `<h1>${text(info.title)}, version ${text(info.version)}</h1>`,
    `<p>${text(info.description)}</p>`,
    ...tags.flatMap(({ name, description }) => [
      `<h2 id="${text(name)}">${text(name)}</h2>`,
      `<p>${text(description)}</p>`,
      ...operations.filter(({ operation }) => operation.tags[0] === name).map(operationHtml),
    ]),
    '<h2 id="problems">problems</h2>',
    tableHtml(
      ['code', 'status', 'meaning', 'what to do'],
      problems.map(({ code, status, title, remedy }) => [
        `<code id="problem-${text(code)}">${text(code)}</code>`,
        String(status),
        text(title),
        text(remedy),
      ]),
    ),
    '<h2 id="schemas">schemas</h2>',
    ...Object.entries(components.schemas).map(
      ([name, schema]) =>
        `<details id="schema-${text(name)}"><summary>${text(name)}</summary>${schemaHtml(schema)}</details>`,
    ),
  ];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${text(info.title)}</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<main>
${parts.join('\n')}
</main>
</body>
</html>
`;
}

interface Shown {
  readonly path: string;
  readonly method: string;
  readonly operation: OperationObject;
}

function operationHtml({ path, method, operation }: Shown): string {
  const { operationId, summary, parameters, requestBody, responses } = operation;
  const facts: [string, string | undefined][] = [
    ['name', operationId],
    ['least role', operation['x-least-role']],
    ['at the socket', operation['x-socket-path']],
  ];
  const rows = facts.flatMap(([name, value]) =>
    value === undefined ? [] : [[text(name), `<code>${text(value)}</code>`]],
  );
  const problems = operation['x-problem-codes'].map(
    (code) => `<a href="#problem-${text(code)}"><code>${text(code)}</code></a>`,
  );
  return [
    `<details id="${text(operationId)}"><summary><b>${method}</b> <code>${text(path)}</code> ${text(summary)}</summary>`,
    tableHtml([], [...rows, ['problems', problems.join(' ')]]),
    parameters.length === 0
      ? ''
      : tableHtml(
          ['parameter', 'in', 'schema'],
          parameters.map((each) => [
            `<code>${text(each.name)}</code>${each.required ? '' : ' (optional)'}`,
            text(each.in),
            `<code>${text(JSON.stringify(each.schema))}</code>`,
          ]),
        ),
    requestBody === undefined ? '' : `<h3>Body</h3>${contentHtml(requestBody.content)}`,
    `<h3>Answer</h3>${contentHtml(responses['200']?.content ?? {})}`,
    '</details>',
  ].join('');
}

const contentHtml = (content: Content): string =>
  Object.entries(content)
    .map(([mediaType, { schema }]) => `<p><code>${text(mediaType)}</code></p>${schemaHtml(schema)}`)
    .join('');

const REFERENCE = /&quot;#\/components\/schemas\/([A-Za-z]+)&quot;/g;

const schemaHtml = (schema: object): string =>
  `<pre>${text(JSON.stringify(schema, null, 2)).replace(REFERENCE, '&quot;<a href="#schema-$1">$1</a>&quot;')}</pre>`;

function tableHtml(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[], tag: 'td' | 'th') =>
    `<tr>${cells.map((cell) => `<${tag}>${cell}</${tag}>`).join('')}</tr>`;
  return `<table>${heads.length === 0 ? '' : row(heads, 'th')}${rows.map((cells) => row(cells, 'td')).join('')}</table>`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const text = (raw: string): string => raw.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? '');
