import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findLiteralLogFields } from '../lib/find-literal-log-fields.mjs';

const root = join(import.meta.dirname, '../..');
const found = (text: string) => findLiteralLogFields('x.ts', text).map(({ what }) => what);

it('every field that the programs log is named by a constant', () => {
  const files = globSync('apps/*/src/**/*.ts', { cwd: root });
  for (const app of ['controller', 'node-agent', 'cli', 'witness'])
    expect(files.some((file) => file.startsWith(`apps/${app}/src/`))).toBe(true);
  const texts = files.map((file) => ({ file, text: readFileSync(join(root, file), 'utf8') }));
  expect(texts.filter(({ text }) => text.includes('[LogField.')).length).toBeGreaterThan(10);
  expect(texts.flatMap(({ file, text }) => findLiteralLogFields(file, text))).toEqual([]);
});

describe('a field whose name is not a constant is found', () => {
  it.each([
    ["logger.info({ node_id: nodeId }, 'up')", ['node_id: nodeId']],
    ["this.#ports.logger.warn({ [LogField.code]: code, reason }, 'failed')", ['reason']],
    ["ports.logger[level]({ err: error }, 'failed')", ['err: error']],
    ["logger.error({ ['err']: error }, 'failed')", ["['err']: error"]],
    ["logger.debug(known ? { [LogField.code]: code } : { count: 1 }, 'done')", ['count: 1']],
    ["logger.debug({ ...(known ? {} : { count: 1 }) }, 'done')", ['count: 1']],
    ["logger.info(fieldsOf(event), 'done')", ['fieldsOf(event)']],
    ["logger.info({ ...event }, 'done')", ['event']],
    ['logger.child({ slot })', ['slot']],
    ["createLogger({ level, base: { component: 'agent' } })", ["component: 'agent'"]],
  ])('in %s', (text, what) => {
    expect(found(text)).toEqual(what);
  });
});

it.each([
  "logger.info({ [LogField.nodeId]: nodeId, ...(code === undefined ? {} : { [LogField.code]: code }) }, 'up')",
  "logger.info('up')",
  'logger.warn(messageOf(error))',
  'logger.info(`stopping`)',
  "createLogger({ level, base: { [LogField.component]: 'agent' } })",
  "record({ type: 'started' })",
])('nothing is found in %s', (text) => {
  expect(found(text)).toEqual([]);
});
