// The pages of the settings of each program, from the schemas that validate them.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { controllerConfig } from '../../apps/controller/src/settings/config.ts';
import { settingsSchema } from '../../apps/node-agent/src/settings/agent-settings.ts';
import { witnessConfig } from '../../apps/witness/src/settings/config.ts';
import { renderTable } from './markdown-table.mjs';
import { settingsComments } from './settings-comments.mjs';

const apps = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'apps');

const PROGRAMS = [
  {
    program: 'mesh-controller',
    schema: controllerConfig,
    source: 'controller/src/settings/config.ts',
    constant: 'controllerConfig',
    variables: 'MESH_',
  },
  {
    program: 'mesh-agent',
    schema: settingsSchema,
    source: 'node-agent/src/settings/agent-settings.ts',
    constant: 'settingsSchema',
    variables: 'MESH_AGENT_',
  },
  {
    program: 'mesh-witness',
    schema: witnessConfig,
    source: 'witness/src/settings/config.ts',
    constant: 'witnessConfig',
    variables: 'MESH_WITNESS_',
  },
];

/** @returns {{ path: string, text: string }[]} with the path from the root of the repository */
export function settingsPages() {
  return PROGRAMS.map(({ program, schema, source, constant, variables }) => {
    const json = schema.toJSONSchema({ io: 'input', unrepresentable: 'any' });
    const comments = settingsComments(join(apps, source), constant);
    const rows = [...rowsOf(/** @type {Json} */ (json), '')].map(({ path, type, value }) => [
      `\`${path}\``,
      type,
      value,
      comments.get(path) ?? '',
    ]);
    return {
      path: `docs/reference/settings-of-${program}.md`,
      text: `# Settings of ${program}

A setting is a path in the file (\`--config\`): \`nodes.port\` is \`port\` below \`nodes\`, \`[]\` an item of a list, and
\`NAME\` a name of yours. In the environment it is \`${variables}\` and the path in capitals, with \`_\` for each dot. The
unit of a number is in its name. \`${program} configtest\` shows what is in force and where it comes from.
\`npm run reference\` writes this page from \`apps/${source}\`.

${renderTable(['setting', 'type', 'default', 'meaning'], rows)}
`,
    };
  });
}

/**
 * @typedef {{ type?: string | string[], properties?: Record<string, Json>, items?: Json, default?: unknown,
 *   additionalProperties?: Json | boolean, enum?: unknown[], const?: unknown, anyOf?: Json[], minimum?: number,
 *   maximum?: number }} Json
 */

/**
 * @param {Json} schema
 * @param {string} path
 * @returns {Generator<{ path: string, type: string, value: string }>}
 */
function* rowsOf(schema, path) {
  if (schema.properties !== undefined) {
    for (const [name, below] of Object.entries(schema.properties))
      yield* rowsOf(below, path === '' ? name : `${path}.${name}`);
    return;
  }
  yield { path, type: typeOf(schema), value: defaultOf(schema.default) };
  if (schema.items?.properties !== undefined) yield* rowsOf(schema.items, `${path}[]`);
  const named = schema.additionalProperties;
  if (typeof named === 'object' && named.properties !== undefined) yield* rowsOf(named, `${path}.NAME`);
}

/** @param {Json} schema @returns {string} */
function typeOf(schema) {
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${value}\``).join(', ');
  if (schema.anyOf !== undefined) return [...new Set(schema.anyOf.map(typeOf))].join(' or ');
  if (schema.type === 'array')
    return `list of ${schema.items?.properties ? 'maps' : typeOf(schema.items ?? {})}`;
  if (schema.type === 'object') return 'map';
  if (schema.type === 'number' || schema.type === 'integer') {
    const { minimum, maximum = Number.MAX_SAFE_INTEGER, type } = schema;
    const name = type === 'integer' ? 'whole number' : 'number';
    const most = maximum === Number.MAX_SAFE_INTEGER ? '' : `${maximum}`;
    if (minimum === undefined || minimum === Number.MIN_SAFE_INTEGER)
      return most === '' ? name : `${name} to ${most}`;
    return most === '' ? `${name} from ${minimum}` : `${name}, ${minimum} to ${most}`;
  }
  return schema.type === undefined
    ? 'any'
    : String(schema.type).replace('boolean', '`true`, `false`').replace('string', 'text');
}

/** @param {unknown} value */
function defaultOf(value) {
  if (value === undefined) return '';
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}
