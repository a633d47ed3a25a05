// Configuration: precedence, exact names, line numbers, suggestions, and no secret in any message or listing.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { envNameOf, type LoadConfigOptions, loadConfig } from '../src/index.ts';
import { errorOf } from './support/error-of.ts';
import { temporaryDirectory } from './support/temporary-directory.ts';

const directory = temporaryDirectory();
let count = 0;
function file(content: string, extension = 'yaml'): string {
  count += 1;
  const path = join(directory, `c${count}.${extension}`);
  writeFileSync(path, content);
  return path;
}

const schema = z.object({
  meshId: z.string().default('mesh'),
  nodes: z.object({
    port: z.number().int().min(1).max(65_535).default(7_443),
    address: z.string().default('::'),
    tls13Only: z.boolean().default(true),
  }),
  policy: z.object({
    threshold: z.number().min(0).max(1).default(0.7),
    floors: z.record(z.string(), z.number()).default({}),
    measuredBy: z.array(z.string()).optional(),
    ports: z.array(z.number()).optional(),
    onLoss: z.enum(['close', 'hold']).default('close'),
  }),
  trace: z.object({ url: z.string() }).optional(),
  joinToken: z.string().min(8).optional(),
  keyFile: z
    .string()
    .refine((v) => v.startsWith('/'), { error: (issue) => `bad ${String(issue.input)}` })
    .meta({ secret: true })
    .optional(),
});
const aliases = { THRESHOLD: 'policy.threshold' };
const load = (options: Partial<LoadConfigOptions<typeof schema>> = {}) =>
  loadConfig({ schema, aliases, ...options });
const problemsOf = (options: Partial<LoadConfigOptions<typeof schema>>) => {
  const error = errorOf(() => load(options));
  expect(error.code).toBe('config_invalid');
  return error.message;
};

describe('precedence', () => {
  const path = file('policy:\n  threshold: 0.2\n');
  it.each([
    ['defaults', {}, 0.7, { kind: 'default' }],
    ['a file over defaults', { file: path }, 0.2, { kind: 'file', at: `${path}:2` }],
    [
      'an alias over the file',
      { file: path, env: { THRESHOLD: '0.3' } },
      0.3,
      { kind: 'env', name: 'THRESHOLD' },
    ],
    [
      'the full name over its alias',
      { file: path, env: { MESH_POLICY_THRESHOLD: '0.4', THRESHOLD: '0.3' } },
      0.4,
      { kind: 'env', name: 'MESH_POLICY_THRESHOLD' },
    ],
    [
      'a flag over all',
      { file: path, env: { MESH_POLICY_THRESHOLD: '0.4' }, flags: { 'policy.threshold': '0.5' } },
      0.5,
      { kind: 'flag', name: 'policy.threshold' },
    ],
    [
      'a flag in one word',
      { flags: { policyThreshold: 0.6 } },
      0.6,
      { kind: 'flag', name: 'policyThreshold' },
    ],
    [
      'empty variables and absent flags as not set',
      { env: { THRESHOLD: '', MESH_MESH_ID: '' }, flags: { meshId: undefined } },
      0.7,
      { kind: 'default' },
    ],
  ])('is %s', (_, options, threshold, source) => {
    const loaded = load(options);
    expect(loaded.config.policy.threshold).toBe(threshold);
    expect(loaded.describe().find(({ path }) => path === 'policy.threshold')?.source).toEqual(source);
  });

  it('leaves neighbours of an overridden setting to where they came from', () => {
    const path = file('nodes: { port: 1, address: "127.0.0.1" }');
    const loaded = load({ file: path, env: { MESH_NODES_PORT: '2' } });
    expect(loaded.config.nodes).toEqual({ port: 2, address: '127.0.0.1', tls13Only: true });
    expect(
      loaded
        .describe()
        .filter(({ path }) => path.startsWith('nodes'))
        .map(({ source }) => source.kind),
    ).toEqual(['env', 'file', 'default']);
  });

  it('takes a bad value lower down for nothing when a better one stands above it', () => {
    const path = file('nodes:\n  port: 0\n');
    expect(load({ file: path, flags: { nodesPort: 5 } }).config.nodes.port).toBe(5);
  });
});

describe('names in the environment', () => {
  it.each([
    ['nodes.port', 'MESH_NODES_PORT'],
    ['meshId', 'MESH_MESH_ID'],
    ['policy.maxBenchmarkAgeMs', 'MESH_POLICY_MAX_BENCHMARK_AGE_MS'],
    ['nodes.tls13Only', 'MESH_NODES_TLS13_ONLY'],
    ['a.HTTPPort', 'MESH_A_HTTP_PORT'],
    ['snake_case.too', 'MESH_SNAKE_CASE_TOO'],
  ])('%s is %s', (path, name) => {
    expect(envNameOf(path)).toBe(name);
  });

  it('that two settings would share are refused when the program starts, whatever the environment', () => {
    const clash = z.object({
      a: z.object({ bC: z.string().optional() }),
      aB: z.object({ c: z.string().optional() }),
    });
    const error = errorOf(() => loadConfig({ schema: clash }));
    expect(error.message).toContain('MESH_A_B_C');
    expect(error.code).toBe('invalid_argument');
  });

  it('that are unknown are refused with the nearest one', () => {
    expect(problemsOf({ env: { MESH_NODE_PORT: '1' } })).toContain(
      'MESH_NODE_PORT: did you mean MESH_NODES_PORT?',
    );
    expect(problemsOf({ env: { MESH_XYZZY: '1' } })).toContain('MESH_XYZZY: unset it');
  });

  it('that belong to others are left alone: no prefix, told to ignore, or made by Kubernetes', () => {
    const env = {
      PATH: '/bin',
      mesh_nodes_port: '1',
      MESH_CONFIG: 'x',
      MESH_CONTROLLER_SERVICE_HOST: '10.0.0.1',
      MESH_CONTROLLER_SERVICE_PORT_HTTPS: '443',
      MESH_CONTROLLER_PORT: 'tcp://10.0.0.1:443',
      MESH_CONTROLLER_PORT_443_TCP_ADDR: '10.0.0.1',
    };
    expect(load({ env, ignoreEnv: ['MESH_CONFIG'] }).config.nodes.port).toBe(7_443);
    expect(problemsOf({ env })).toContain('MESH_CONFIG');
  });

  it('of a wrong alias target are the program’s fault', () => {
    expect(errorOf(() => load({ aliases: { X: 'policy.none' } })).code).toBe('invalid_argument');
  });
});

describe('text from variables and flags', () => {
  it.each([
    ['MESH_NODES_PORT', '80', 'nodes', { port: 80 }],
    ['MESH_NODES_PORT', ' 80 ', 'nodes', { port: 80 }],
    ['MESH_NODES_ADDRESS', '80', 'nodes', { address: '80' }],
    ['MESH_NODES_TLS13_ONLY', 'false', 'nodes', { tls13Only: false }],
    ['MESH_NODES_TLS13_ONLY', '1', 'nodes', { tls13Only: true }],
    ['MESH_POLICY_THRESHOLD', '1e-1', 'policy', { threshold: 0.1 }],
    ['MESH_POLICY_MEASURED_BY', 'a, b', 'policy', { measuredBy: ['a', 'b'] }],
    ['MESH_POLICY_MEASURED_BY', '["a,b"]', 'policy', { measuredBy: ['a,b'] }],
    ['MESH_POLICY_PORTS', '1,2', 'policy', { ports: [1, 2] }],
    ['MESH_POLICY_FLOORS', '{"refusal":0.8}', 'policy', { floors: { refusal: 0.8 } }],
    ['MESH_POLICY_ON_LOSS', 'hold', 'policy', { onLoss: 'hold' }],
    ['MESH_TRACE_URL', 'x', 'trace', { url: 'x' }],
  ])('%s=%s is read by the type of its setting', (name, text, section, expected) => {
    expect(load({ env: { [name]: text } }).config).toMatchObject({ [section]: expected });
  });

  it.each([
    ['MESH_NODES_PORT', '80x'],
    ['MESH_NODES_PORT', '0x50'],
    ['MESH_NODES_PORT', '70000'],
    ['MESH_NODES_PORT', '1.5'],
    ['MESH_NODES_PORT', 'Infinity'],
    ['MESH_POLICY_THRESHOLD', 'NaN'],
    ['MESH_POLICY_THRESHOLD', ' '],
    ['MESH_NODES_TLS13_ONLY', 'maybe'],
    ['MESH_POLICY_PORTS', '1,x'],
    ['MESH_POLICY_PORTS', '[1'],
    ['MESH_POLICY_FLOORS', 'refusal=0.8'],
    ['MESH_POLICY_FLOORS', '{"refusal":"0.8"}'],
    ['MESH_POLICY_ON_LOSS', 'Hold'],
  ])('%s=%s is refused and named', (name, text) => {
    expect(problemsOf({ env: { [name]: text } })).toContain(name);
  });
});

describe('a file', () => {
  it('may be YAML or JSON', () => {
    const json = file(JSON.stringify({ nodes: { port: 9 }, policy: { floors: { refusal: 0.8 } } }), 'json');
    expect(load({ file: json }).config).toMatchObject({
      nodes: { port: 9 },
      policy: { floors: { refusal: 0.8 } },
    });
    const yaml = file('# all of it\nnodes:\n  port: 9\npolicy: # later\n');
    expect(load({ file: yaml }).config).toMatchObject({ nodes: { port: 9 }, policy: { threshold: 0.7 } });
    expect(load({ file: file('') }).config.nodes.port).toBe(7_443);
  });

  it('with unknown keys is refused, each with its line and the nearest name of that section', () => {
    const path = file('meshid: x\nnodes:\n  prot: 1\n  "__proto__": 2\npolicy:\n  xyzzy: 3\n');
    const message = problemsOf({ file: path });
    expect(message).toContain(`${path}:1: unknown setting meshid: did you mean meshId?`);
    expect(message).toContain(`${path}:3: unknown setting nodes.prot: did you mean port?`);
    expect(message).toContain(`${path}:4: unknown setting nodes.__proto__`);
    expect(message).toContain(
      `${path}:6: unknown setting policy.xyzzy: the names here are threshold, floors`,
    );
  });

  it('with bad values is refused with every line at once, inside lists and records too', () => {
    const path = file(
      'nodes:\n  port: 0\n  address: 5\npolicy:\n  floors:\n    a: 1\n    b: x\n  ports:\n    - 1\n    - two\n',
    );
    const message = problemsOf({ file: path });
    for (const part of [
      `nodes.port (${path}:2)`,
      `nodes.address (${path}:3)`,
      `policy.floors.b (${path}:7)`,
      `policy.ports.1 (${path}:10)`,
    ]) {
      expect(message).toContain(part);
    }
  });

  it.each([
    ['policy:\n  measuredBy: a/16\n', ':2): write a list: `measuredBy: [a/16]`'],
    ['policy:\n  measuredBy: fd77::/64\n', ':2): write a list: `measuredBy: ["fd77::/64"]`'],
    ['policy:\n  ports: 5\n', ':2): write a list: `ports: [5]`'],
    ['policy:\n  ports: { a: 5 }\n', ':2): write a list: `ports: […]`'],
    ['joinTokens: planted\n', ':1): write a list: `joinTokens: […]`'],
  ])('with %j, where a list is wanted, says how to write one', (content, message) => {
    const listed = schema.extend({ joinTokens: z.array(z.string()).meta({ secret: true }).optional() });
    const path = file(content);
    const error = errorOf(() => loadConfig({ schema: listed, file: path }));
    expect(error.message).toContain(path + message);
    expect(error.message).not.toContain('planted');
  });

  it.each([
    ['nodes: 5', 'nodes must be a section'],
    ['nodes: [1]', 'nodes must be a section'],
    ['- a', 'the file must be a section'],
    ['just text', 'the file must be a section'],
  ])('%j is refused for its shape', (content, message) => {
    expect(problemsOf({ file: file(content) })).toContain(message);
  });

  it.each([
    ['a key twice', 'nodes:\n  port: 1\n  port: 2\n', ':3'],
    ['broken indentation', 'nodes:\n  port: 1\n address: x\n', ':3'],
    ['an open bracket', 'policy:\n  ports: [1\n', ':'],
    ['a tab', 'nodes:\n\tport: 1\n', ':2'],
  ])('with %s is unreadable at its line', (_, content, line) => {
    const path = file(content);
    const error = errorOf(() => load({ file: path }));
    expect(error.code).toBe('config_unreadable');
    expect(error.message).toContain(path + line);
  });

  it('that grows by aliases is refused', () => {
    const bomb = ['a: &a [x,x,x,x,x,x,x,x,x,x]'];
    for (let level = 1; level < 9; level++) {
      const [from, to] = [String.fromCharCode(96 + level), String.fromCharCode(97 + level)];
      bomb.push(`${to}: &${to} [${Array(10).fill(`*${from}`).join(',')}]`);
    }
    const path = file(`policy:\n  floors:\n${bomb.map((line) => `    ${line}`).join('\n')}\n`);
    expect(errorOf(() => load({ file: path })).code).toBe('config_unreadable');
  });

  it('that is missing or far too long is unreadable', () => {
    expect(errorOf(() => load({ file: join(directory, 'none.yaml') })).message).toContain('ENOENT');
    expect(errorOf(() => load({ file: file(`# ${'x'.repeat(1_100_000)}`) })).code).toBe('config_unreadable');
  });

  it('does not create an optional section by its absence', () => {
    expect(load().config.trace).toBeUndefined();
    expect(problemsOf({ file: file('trace: {}\n') })).toContain('trace.url');
  });
});

describe('a check across settings', () => {
  const nodes = (key: string) => ['nodes', key];
  const check = () => [
    { paths: [nodes('port'), nodes('address'), ['policy', 'floors', 'b']], message: 'no' },
  ];
  it.each([
    ['nodes:\n  address: x\n  port: 5\n', {}, 'nodes.port (FILE:3): no'],
    ['nodes:\n  address: x\n', {}, 'nodes.address (FILE:2): no'],
    ['policy:\n  floors:\n    b: 1\n', {}, 'policy.floors.b (FILE:3): no'],
    ['policy:\n  floors:\n    a: 1\n', {}, 'policy.floors.b (FILE:3): no'],
    ['', { MESH_NODES_ADDRESS: 'x' }, 'nodes.address (environment MESH_NODES_ADDRESS): no'],
    ['', {}, 'nodes.port (not set): no'],
  ])('of %j with %j is shown with the first of its settings that was set', (content, env, line) => {
    const path = file(content);
    expect(problemsOf({ file: path, env, check })).toContain(line.replace('FILE', path));
  });

  it('sees the configuration with its defaults, and only one that the schema takes', () => {
    const seen: number[] = [];
    const look = (config: z.output<typeof schema>) => {
      seen.push(config.nodes.port);
      return [];
    };
    load({ check: look });
    problemsOf({ file: file('nodes:\n  port: 0\n'), check: look });
    expect(seen).toEqual([7_443]);
  });
});

describe('flags', () => {
  it('that are unknown are refused with the nearest one', () => {
    expect(problemsOf({ flags: { 'nodes.prot': 1 } })).toContain('nodes.prot: did you mean nodes.port?');
  });
});

describe('secrets', () => {
  const PLANTED = 'planted';
  it('are listed as [secret], by name or by mark, with their source; others in the clear', () => {
    const listed = load({ env: { MESH_JOIN_TOKEN: 'planted-token', MESH_KEY_FILE: '/planted' } }).describe();
    expect(listed.find((entry) => entry.path === 'joinToken')).toEqual({
      path: 'joinToken',
      value: '[secret]',
      source: { kind: 'env', name: 'MESH_JOIN_TOKEN' },
    });
    expect(listed.find((entry) => entry.path === 'keyFile')?.value).toBe('[secret]');
    expect(listed.find((entry) => entry.path === 'nodes.port')?.value).toBe(7_443);
    expect(inspect(listed, { depth: 9 })).not.toContain(PLANTED);
    expect(
      load()
        .describe()
        .find((entry) => entry.path === 'joinToken')?.value,
    ).toBeUndefined();
  });

  it.each([
    ['too short, from the environment', { env: { MESH_JOIN_TOKEN: 'planted' } }],
    ['too short, from a flag', { flags: { joinToken: 'planted' } }],
    ['refused by a check that quotes it', { env: { MESH_KEY_FILE: 'planted' } }],
    ['of another type, from a file', { file: file('joinToken: [planted]\n') }],
    ['a whole section, from a file', { file: file('joinToken: { planted: planted-x }\n') }],
  ])('are never quoted when they are refused: %s', (_, options) => {
    const error = errorOf(() => load(options));
    expect(error.code).toBe('config_invalid');
    expect(inspect(error, { depth: 9 })).not.toContain(PLANTED);
  });

  it.each([
    'joinToken: "planted\n',
    'joinToken: planted\n  planted: x\n',
    'joinToken: *planted\n',
    'joinToken: !planted x\njoinToken: planted\n',
    'joinToken: planted\n- planted\n',
    'joinToken: @planted\n',
    'joinToken: "\\planted"\n',
  ])('are never quoted when the file cannot be parsed: %j', (content) => {
    const error = errorOf(() => load({ file: file(content) }));
    expect(error.code).toBe('config_unreadable');
    expect(inspect(error, { depth: 9 })).not.toContain(PLANTED);
  });

  it('are quoted when they are not secret (control)', () => {
    const open = z.object({
      word: z.string().refine(() => false, { error: (issue) => `bad ${String(issue.input)}` }),
    });
    expect(errorOf(() => loadConfig({ schema: open, env: { MESH_WORD: 'planted' } })).message).toContain(
      'bad planted',
    );
  });
});

describe('a schema', () => {
  it('may transform, pipe and default at any depth', () => {
    const deep = z.object({
      listen: z
        .string()
        .default('a:1')
        .transform((text) => text.split(':')),
      outer: z
        .object({ inner: z.object({ size: z.coerce.number().default(3) }).prefault({}) })
        .default({ inner: { size: 4 } }),
    });
    const loaded = loadConfig({ schema: deep, env: { MESH_LISTEN: 'b:2' } });
    expect(loaded.config).toEqual({ listen: ['b', '2'], outer: { inner: { size: 4 } } });
    expect(loadConfig({ schema: deep, env: { MESH_OUTER_INNER_SIZE: '9' } }).config.outer.inner.size).toBe(9);
  });

  it('must be an object of plain words', () => {
    expect(errorOf(() => loadConfig({ schema: z.string() })).code).toBe('invalid_argument');
    expect(errorOf(() => loadConfig({ schema: z.object({ 'a.b': z.string() }) })).code).toBe(
      'invalid_argument',
    );
  });
});
