// The text of a report, and the JSON document that a whole benchmark prints.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { variants, whenInFull } from '@mesh/host/test-kit';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { benchmarks } from '../src/benchmarks.ts';
import { measure } from '../src/measure.ts';
import { figure, renderReport } from '../src/report.ts';
import { SAMPLE_MACHINE } from './support/sample-machine.ts';

const summary = { median: z.number(), min: z.number(), max: z.number() };
const reportSchema = z.strictObject({
  benchmark: z.string(),
  started_at: z.iso.datetime(),
  quick: z.literal(true),
  rounds: z.literal(1),
  machine: z.strictObject({
    cpu: z.string(),
    cores: z.number().int().min(1),
    memory_gib: z.number(),
    platform: z.string(),
    node: z.string(),
    openssl: z.string(),
    load_at_start: z.number(),
  }),
  tables: z
    .array(
      z.strictObject({
        title: z.string(),
        baseline: z.string().optional(),
        rows: z
          .array(
            z.strictObject({
              name: z.string(),
              unit: z.string(),
              better: z.enum(['more', 'less', 'neither']),
              ...summary,
              ratio: z.strictObject(summary).optional(),
            }),
          )
          .min(1),
      }),
    )
    .min(1),
  notes: z.array(z.string()).min(1),
  missed: z.array(z.string()).length(0).optional(),
});

const MAIN = join(import.meta.dirname, '../src/main.ts');

/** Reads the document of a benchmark's quick form. */
function readReport(name: string, document: string, said: string) {
  expect(said).toContain('round 1/1');
  const report = reportSchema.parse(JSON.parse(document));
  expect(report.benchmark).toBe(name);
  return report;
}

/** Runs a benchmark in its quick form, by its command. */
function quickCommand(name: string) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--conditions=@mesh/source', MAIN, name, '--json', '--quick', '--rounds', '1'],
    { encoding: 'utf8' },
  );
  expect(status, stderr).toBe(0);
  return readReport(name, stdout, stderr);
}

/** Runs a benchmark in its quick form as the command does, in this process. */
async function quickReport(name: string) {
  const benchmark = benchmarks.find((each) => each.name === name);
  if (benchmark === undefined) throw new Error(`there is no benchmark ${name}`);
  const said: string[] = [];
  const say = (line: string) => void said.push(line);
  const report = await measure(benchmark, { quick: true, rounds: 1, profileDir: undefined, say });
  return readReport(name, JSON.stringify(report), said.join('\n'));
}

/** That there is a comparison, and its figures fit together. */
function expectComparison({ tables }: z.infer<typeof reportSchema>) {
  const rows = tables.flatMap((table) => table.rows);
  expect(rows.every(({ median, min, max }) => min <= median && median <= max)).toBe(true);
  expect(rows.some(({ ratio }) => ratio !== undefined)).toBe(true);
  for (const { baseline, rows } of tables) {
    if (baseline !== undefined) expect(rows.map((row) => row.name)).toContain(baseline);
  }
}

it('psk --json --quick prints one document with a comparison', () => {
  expectComparison(quickCommand('psk'));
});

it.each(variants(['submissions'], ['config', 'epoch']))(
  '%s --quick gives one document with a comparison',
  async (name) => expectComparison(await quickReport(name)),
  120_000,
);

it('denial --quick gives one document with every cause', async () => {
  const { tables } = await quickReport('denial');
  const names = tables.flatMap(({ rows }) => rows.map(({ name }) => name));
  expect(names).toEqual(expect.arrayContaining(['bad score, p99', 'revocation, p99', 'staleness, p99']));
});

whenInFull(() => {
  it('agent --quick gives one document with memory, CPU, a change of keys, a start and canaries', async () => {
    const names = (await quickReport('agent')).tables.flatMap(({ rows }) => rows.map(({ name }) => name));
    expect(names).toEqual(
      expect.arrayContaining([
        'agent, resident after the idle time',
        'idle: agent and its commands',
        'the agent: both sets, read before and after',
        'from the start to keys at every peer',
        'a suite of 10 prompts',
      ]),
    );
  });
});

it('timing --quick gives one document with what is tested and the leaks that are planted', async () => {
  const [tested, planted] = (await quickReport('timing')).tables.map(({ rows }) =>
    rows.map(({ name }) => name),
  );
  expect(tested).toEqual(
    ['token check', 'signature check', 'PSK derivation', 'the token check'].map((name) =>
      expect.stringContaining(name),
    ),
  );
  expect(planted).toEqual([expect.stringMatching(/^planted/), expect.stringMatching(/^planted/)]);
});

whenInFull(() => {
  it('footprint --quick gives one document with cold starts, sizes and dependencies of every program', async () => {
    const { tables } = await quickReport('footprint');
    for (const { title, rows } of tables.filter(({ title }) => title.endsWith('cold start'))) {
      expect(rows, title).toHaveLength(4);
      expect(
        rows.every(({ median }) => median > 0),
        title,
      ).toBe(true);
    }
    const programs = ['@mesh/cli', '@mesh/controller', '@mesh/node-agent', '@mesh/witness'];
    for (const { title, rows } of tables.filter(({ title }) => /^P(?:ackages|rograms):/.test(title))) {
      expect(rows.map(({ name }) => name).sort(), title).toEqual(programs);
      expect(
        rows.every(({ median }) => median > 0),
        title,
      ).toBe(true);
    }
  });
});

describe('a report as text', () => {
  it('shows the machine, every row with its spread, and ratios against the baseline', () => {
    const text = renderReport({
      benchmark: 'psk',
      started_at: '2026-01-05T12:34:50.123Z',
      quick: false,
      rounds: 3,
      machine: SAMPLE_MACHINE,
      tables: [
        {
          title: 'A title',
          baseline: 'one',
          rows: [
            { name: 'one', unit: 'x/s', better: 'more', median: 1500, min: 1000, max: 2000 },
            {
              name: 'two',
              unit: 'x/s',
              better: 'more',
              median: 3,
              min: 2,
              max: 4,
              ratio: { median: 0.5, min: 0.25, max: 1 },
            },
          ],
        },
      ],
      notes: ['A note.'],
    });
    expect(text.split('\n')).toEqual([
      'psk: 3 rounds, interleaved',
      'Some CPU, 2 cores, 4 GiB, linux 6, Node 24, OpenSSL 3, load 0.5 at the start',
      '',
      'A title',
      '     median      min – max  unit  × one',
      'one   1,500  1,000 – 2,000  x/s',
      'two       3          2 – 4  x/s   0.5 (0.25 – 1)',
      '',
      '- A note.',
    ]);
  });

  it.each([
    [0, '0'],
    [0.01234, '0.0123'],
    [1.005, '1.01'],
    [12.34, '12.3'],
    [1234.5, '1,235'],
    [1_234_567, '1,234,567'],
  ])('%d is written %s', (value, text) => {
    expect(figure(value)).toBe(text);
  });
});

whenInFull(() => {
  it('flood --quick gives one document with what good nodes notice, guarded and not', async () => {
    const { tables } = await quickReport('flood');
    const medianOf = (title: string, name: string) =>
      tables.find((table) => table.title === title)?.rows.find((row) => row.name === name)?.median;
    for (const scene of ['idle', 'flood', 'flood, connections at any pace']) {
      expect(medianOf("a good node's answer, p99", scene)).toBeGreaterThan(0);
      expect(medianOf('the slowest denial, at the last good node', scene)).toBeGreaterThan(0);
      expect(medianOf('good nodes that are out at the end', scene)).toBe(0);
    }
    expect(medianOf('what the flood got done', 'flood: requests sent')).toBeGreaterThan(0);
  });
});
