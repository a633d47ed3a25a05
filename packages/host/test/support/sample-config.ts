// A configuration to load in tests: its schema, files for it, and what loading them says.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import * as z from 'zod';
import { type LoadConfigOptions, loadConfig } from '../../src/index.ts';
import { errorOf } from './error-of.ts';
import { temporaryDirectory } from './temporary-directory.ts';

/** A folder for the files of one test file, and what writes a new file with this content there. */
export function sampleFiles() {
  const directory = temporaryDirectory();
  let count = 0;
  const file = (content: string, extension = 'yaml'): string => {
    count += 1;
    const path = join(directory, `c${count}.${extension}`);
    writeFileSync(path, content);
    return path;
  };
  return { directory, file };
}

export const schema = z.object({
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
export const load = (options: Partial<LoadConfigOptions<typeof schema>> = {}) =>
  loadConfig({ schema, aliases, ...options });
/** The text in which loading lists what is wrong. */
export const problemsOf = (options: Partial<LoadConfigOptions<typeof schema>>) => {
  const error = errorOf(() => load(options));
  expect(error.code).toBe('config_invalid');
  return error.message;
};
