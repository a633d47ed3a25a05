import { describe, expect, it } from 'vitest';
import { examAssignment, examCommitment, examResult, fullConfig, loadPoolRequest } from '../../src/index.ts';
import { broken, type GoodName } from '../support/good-messages.ts';

const LONG = 'x'.repeat(100_000);
const SCHEMAS = {
  'exam commitment': examCommitment,
  'exam result': examResult,
  'load pool': loadPoolRequest,
};

type Bad = readonly [name: GoodName & keyof typeof SCHEMAS, path: string, what: string, value: unknown];
const both = (path: string, what: string, value: unknown): Bad[] => [
  ['exam commitment', path, what, value],
  ['exam result', path, what, value],
];
const BAD: readonly Bad[] = [
  ...['mesh_id', 'node_id'].flatMap((path) => [
    ...both(path, 'upper case', 'A'),
    ...both(path, 'dots', '..'),
  ]),
  ...both('exam_id', 'missing', undefined),
  ...both('exam_id', 'upper case', 'A'.repeat(32)),
  ...both('exam_id', '31 digits', 'a'.repeat(31)),
  ...both('exam_id', 'a line feed', `${'a'.repeat(32)}\n`),
  ...both('transcript_sha256', 'missing', undefined),
  ...both('transcript_sha256', 'with a prefix', `sha256:${'ab'.repeat(32)}`),
  ...both('transcript_sha256', 'huge', LONG),
  ...both('timestamp', 'no zone', '2026-01-05T12:34:50'),
  ...both('signature', 'missing', undefined),
  ['exam result', 'grades', 'missing', undefined],
  ['exam result', 'grades', 'no list', { 0: {} }],
  [
    'exam result',
    'grades',
    '201 grades',
    Array.from({ length: 201 }, (_one, index) => ({ index, score: 1 })),
  ],
  ['exam result', 'grades/0/index', 'negative', -1],
  ['exam result', 'grades/0/index', 'a fraction', 0.5],
  ['exam result', 'grades/0/score', 'above one', 1.000001],
  ['exam result', 'grades/0/score', 'below zero', -0.1],
  ['exam result', 'grades/0/score', 'NaN', Number.NaN],
  ['exam result', 'grades/0/score', 'missing', undefined],
  ['exam result', 'grades/0/latency_ms', 'negative', -1],
  ['exam result', 'grades/0/extra', 'an unknown key', 1],
  ['exam result', 'grades/1/problem', 'empty', ''],
  ['exam result', 'grades/1/problem', 'two lines', 'a\nb'],
  ['exam result', 'grades/1/problem', 'too long', 'x'.repeat(257)],
  ['load pool', 'text', 'empty', ''],
  ['load pool', 'text', 'above 1 MiB', 'x'.repeat(1_048_577)],
  ['load pool', 'reason', 'empty', ''],
];

it.each(BAD)('%s: %s that is %s is refused', (name, path, _what, value) => {
  expect(SCHEMAS[name].safeParse(broken(name, path, value)).success).toBe(false);
});

describe('a config with exams', () => {
  it.each([
    ['exams/0', 'no id', 'exam-1'],
    ['exams', '65 of them', Array.from({ length: 65 }, () => 'ab'.repeat(16))],
    ['peers/0/service_port', 'port 0', 0],
    ['peers/0/service_of', 'somebody else', 'both'],
  ])('%s that is %s is refused', (path, _what, value) => {
    const name = 'config of a node that is examined';
    expect(fullConfig.safeParse(broken(name, path, value)).success).toBe(false);
  });
});

describe('an assignment', () => {
  const assignment = {
    exam_id: '0123456789abcdef0123456789abcdef',
    epoch_id: 7,
    examined: 'node-b',
    service: { address: '10.77.0.2', port: 8000, path: '/v1/chat/completions', api: 'openai' },
    items: [{ index: 4, prompt: 'Capital of France?' }],
    starts_at: '2026-01-05T12:34:50.123Z',
    ends_at: '2026-01-05T12:44:50.123Z',
  };
  const withItem = (item: object) => ({ ...assignment, items: [{ ...assignment.items[0], ...item }] });

  it('holds prompts and no assertions', () => {
    expect(examAssignment.parse(assignment)).toEqual(assignment);
    expect(examAssignment.parse(withItem({ assert: [] }))).toEqual(assignment);
  });

  it.each([
    ['without items', { items: [] }],
    ['of an API that nobody speaks', { service: { ...assignment.service, api: 'grpc' } }],
    ['at a name', { service: { ...assignment.service, address: 'node-b.example' } }],
    ['without an end', { ends_at: undefined }],
  ])('%s is refused', (_what, change) => {
    expect(examAssignment.safeParse({ ...assignment, ...change }).success).toBe(false);
  });
});
