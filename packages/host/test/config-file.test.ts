// The file of a configuration: YAML or JSON, refused with line numbers and suggestions.

import { chmodSync, chownSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { loadConfig } from '../src/index.ts';
import { errorOf } from './support/error-of.ts';
import { load, problemsOf, sampleFiles, schema } from './support/sample-config.ts';

const { directory, file } = sampleFiles();

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

  it.each([
    [0o644, 0],
    [0o664, 0],
    [0o640, 12_345],
  ])('of mode %o and group %d is read', (mode, gid) => {
    const path = file('meshId: x');
    chownSync(path, 0, gid);
    chmodSync(path, mode);
    expect(load({ file: path }).config.meshId).toBe('x');
  });

  it.each([
    [0o646, 0],
    [0o666, 0],
    [0o664, 12_345],
  ])('of mode %o and group %d is refused, with the command that mends it', (mode, gid) => {
    const path = file('meshId: x');
    chownSync(path, 0, gid);
    chmodSync(path, mode);
    const error = errorOf(() => load({ file: path }));
    expect(error.code).toBe('file_unsafe');
    expect(error.message).toContain(`run chmod go-w ${path}`);
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
  ])('with %j in place of a list is refused with the right form', (content, message) => {
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

  it('without an optional section does not create it', () => {
    expect(load().config.trace).toBeUndefined();
    expect(problemsOf({ file: file('trace: {}\n') })).toContain('trace.url');
  });
});
