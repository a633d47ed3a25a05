// Secrets in a configuration: in no message and no listing.

import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { loadConfig } from '../src/index.ts';
import { errorOf } from './support/error-of.ts';
import { load, sampleFiles } from './support/sample-config.ts';

const { file } = sampleFiles();

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
