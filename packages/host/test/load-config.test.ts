// Configuration: precedence, exact names, checks across settings, flags and schemas.

import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { envNameOf, loadConfig } from '../src/index.ts';
import { errorOf } from './support/error-of.ts';
import { load, problemsOf, sampleFiles, type schema } from './support/sample-config.ts';

const { file } = sampleFiles();

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

  it('keeps the sources of the settings next to an overridden one', () => {
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

  it('ignores a bad value if a source of higher precedence has a good one', () => {
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

  it('that two settings would share are refused at the start, with any environment', () => {
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

  it('of other programs are ignored: no prefix, in `ignoreEnv`, or made by Kubernetes', () => {
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

  it('with an alias of an unknown path are a fault of the program', () => {
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

  it('gets the configuration with its defaults, and only if the schema accepts it', () => {
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
