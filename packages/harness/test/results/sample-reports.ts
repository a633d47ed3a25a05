// Small result files as each harness writes them, whole and fit.

import { crc32, deflateRawSync } from 'node:zlib';
import { type ReadReportOptions, type Report, type ReportFormat, readReport } from '@mesh/harness';

const lines = (...rows: readonly object[]) => `${rows.map((row) => JSON.stringify(row)).join('\n')}\n`;

const row = (testIdx: number, score: number, more: object = {}) => ({
  success: score === 1,
  failureReason: score === 1 ? 0 : 1,
  score,
  namedScores: { honesty: score },
  gradingResult: { namedScoreWeights: { honesty: 2 } },
  provider: { id: 'openai:x' },
  promptIdx: 0,
  testIdx,
  testCase: {
    assert: [{ type: 'equals', value: 'a', metric: 'honesty', weight: 2 }],
    metadata: { pluginId: 'pii' },
  },
  ...more,
});

export const erroredRow = (
  testIdx: number,
  assert: readonly object[] = [{ type: 'equals', metric: 'honesty', weight: 2 }],
) =>
  row(testIdx, 0, {
    failureReason: 2,
    namedScores: {},
    gradingResult: null,
    testCase: { assert, metadata: { pluginId: 'pii' } },
  });

/** Version 3; the sums are promptfoo's own, which leave errored rows out. */
export const promptfoo = (
  rows: readonly ReturnType<typeof row>[] = [row(0, 1), row(1, 1), row(2, 0), row(3, 1)],
) => {
  const errors = rows.filter(({ failureReason }) => failureReason === 2).length;
  const successes = rows.filter(({ success }) => success).length;
  const graded = rows.length - errors;
  return {
    evalId: 'eval-1',
    results: {
      version: 3,
      timestamp: '2026-11-23T17:36:55.891Z',
      prompts: [
        {
          provider: 'openai:x',
          metrics: { namedScores: { honesty: 2 * successes }, namedScoreWeights: { honesty: 2 * graded } },
        },
      ],
      results: rows,
      stats: { successes, failures: graded - successes, errors },
    },
    metadata: { promptfooVersion: '0.123.1' },
  };
};
export { row as promptfooRow };

export const promptfooTwo = () => {
  const { results } = promptfoo();
  const { prompts, results: rows, ...rest } = results;
  return { results: { ...rest, version: 2, table: { head: { prompts }, body: [] }, results: rows } };
};

export const lmEval = () => ({
  results: {
    truthfulqa_mc2: { alias: 'truthfulqa_mc2', sample_len: 817, 'acc,none': 0.51, 'acc_stderr,none': 0.015 },
    toxigen: { alias: 'toxigen', 'rate,none': 0.2, 'rate_stderr,none': 'N/A' },
    wikitext: { 'word_perplexity,none': 0.9, 'word_perplexity_stderr,none': 'N/A' },
    pair: { 'acc,none': 0.6, 'acc_stderr,none': 0.01 },
  },
  groups: { pair: { 'acc,none': 0.6, 'acc_stderr,none': 0.01 } },
  group_subtasks: { pair: ['truthfulqa_mc2', 'toxigen'] },
  higher_is_better: { truthfulqa_mc2: { acc: true }, toxigen: { rate: false } },
  'n-samples': {
    truthfulqa_mc2: { original: 817, effective: 817 },
    toxigen: { original: 100, effective: 100 },
    wikitext: { original: 62, effective: 62 },
  },
  config: { model: 'hf', model_args: 'pretrained=org/x,dtype=auto', limit: null },
  date: 1_795_000_000.5,
  lm_eval_version: '0.4.13',
});

export const inspect = () => ({
  version: 2,
  status: 'success',
  eval: {
    created: '2025-05-12T20:28:26-04:00',
    task: 'security_guide',
    model: 'openai/gpt-4o-mini',
    dataset: { samples: 4 },
    config: {},
    packages: { inspect_ai: '0.3.95' },
  },
  results: {
    total_samples: 4,
    completed_samples: 4,
    scores: [
      {
        name: 'graded',
        scorer: 'graded',
        metrics: { accuracy: { name: 'accuracy', value: 0.5 }, stderr: { name: 'stderr', value: 0.25 } },
      },
    ],
  },
  samples: ['C', 'I', 'N', 'C'].map((value, id) => ({ id, epoch: 1, scores: { graded: { value } } })),
});

export const garakRows = (): Record<string, unknown>[] => [
  {
    entry_type: 'start_run setup',
    'plugins.target_type': 'openai',
    'plugins.target_name': 'x',
    'transient.run_id': 'f0',
  },
  { entry_type: 'init', garak_version: '0.14.0.pre1', start_time: '2025-08-28T14:07:00', run: 'a1' },
  {
    entry_type: 'eval',
    probe: 'dan.Dan_11_0',
    detector: 'dan.DAN',
    passed: 40,
    fails: 10,
    nones: 0,
    total_evaluated: 50,
    total_processed: 50,
  },
  { entry_type: 'eval', probe: 'dan.Ablation', detector: 'dan.DAN', passed: 5, total: 10 },
  { entry_type: 'completion', end_time: '2025-08-28T14:08:01', run: 'a1' },
];

export const openAiRows = (): Record<string, unknown>[] => [
  {
    spec: { completion_fns: ['gpt-4'], eval_name: 'm.s1', run_id: '2608', created_at: '2026-08-01 10:00:00' },
  },
  ...[true, true, true, false].map((correct, index) => ({
    run_id: '2608',
    event_id: index,
    sample_id: `m.${index}`,
    type: 'match',
    data: { correct },
    created_at: '2026-08-01 10:00:01+00:00',
  })),
  { final_report: { accuracy: 0.75, boostrap_std: 0.1, 'counts/A': 3 }, run_id: '2608' },
];

export const deepEval = () => ({
  testRunData: {
    testCases: [1, 0.4].map((score) => ({
      name: `case ${score}`,
      success: score >= 0.5,
      metricsData: [{ name: 'Toxicity', score, threshold: 0.5, success: score >= 0.5, error: null }],
    })),
    conversationalTestCases: [],
    testPassed: 1,
    testFailed: 1,
  },
});

export const helm = () => [
  { name: { name: 'num_instances', split: 'test' }, count: 1, sum: 100, mean: 100 },
  { name: { name: 'exact_match', split: 'test' }, count: 1, sum: 0.8, mean: 0.8 },
  {
    name: { name: 'exact_match', split: 'test', perturbation: { name: 'typos', computed_on: 'worst' } },
    count: 1,
    sum: 0.6,
    mean: 0.6,
  },
];

export const JUNIT = `<?xml version="1.0" encoding="UTF-8"?>
<testsuites>
  <testsuite name="api" tests="3" failures="1" errors="0" timestamp="2026-11-23T17:36:55">
    <testcase classname="a" name="one &amp; only"/>
    <testcase classname="a" name="two"><failure message="&lt;no&gt;"><![CDATA[x < y & z]]></failure></testcase>
    <testcase classname="a" name="three"/>
  </testsuite>
  <!-- another -->
  <testsuite name="ui" tests="1"><testcase name="four"><skipped/></testcase></testsuite>
</testsuites>
`;

/** A zip archive with one file, as Inspect writes it. */
export function zipOf(
  name: string,
  content: string,
  changes: { method?: number; sizeBytes?: number; crc?: number } = {},
) {
  const bytes = Buffer.from(content);
  const method = changes.method ?? 8;
  const packed = method === 0 ? bytes : deflateRawSync(bytes);
  const label = Buffer.from(name);
  const sizes = Buffer.alloc(12);
  sizes.writeUInt32LE(changes.crc ?? crc32(bytes), 0);
  sizes.writeUInt32LE(packed.length, 4);
  sizes.writeUInt32LE(changes.sizeBytes ?? bytes.length, 8);
  const versionAndMethod = Buffer.from([20, 0, 0, 0, method, 0, 0, 0, 0, 0]);
  const local = Buffer.concat([
    Buffer.from('PK\x03\x04'),
    versionAndMethod,
    sizes,
    Buffer.from([label.length, 0, 0, 0]),
    label,
    packed,
  ]);
  const central = Buffer.concat([
    ...[Buffer.from('PK\x01\x02'), Buffer.from([20, 0]), versionAndMethod, sizes],
    ...[Buffer.from([label.length, 0]), Buffer.alloc(16), label],
  ]);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(local.length, 16);
  return Buffer.concat([local, central, end]);
}

/** A whole file of each format, and a mapping that it meets. */
export const WHOLE: Readonly<Record<ReportFormat, { text: string; map: Record<string, string> }>> = {
  promptfoo: {
    text: JSON.stringify(promptfoo()),
    map: { overall: 'successes', honesty: 'namedScores.honesty' },
  },
  'lm-eval': { text: JSON.stringify(lmEval()), map: { overall: 'truthfulqa_mc2.acc,none' } },
  inspect: {
    text: JSON.stringify(inspect()),
    map: { overall: 'graded.accuracy', refusal: 'graded.share.C+N' },
  },
  garak: { text: lines(...garakRows()), map: { overall: '*', dan: 'dan.Dan_11_0/dan.DAN' } },
  'openai-evals': { text: lines(...openAiRows()), map: { overall: 'accuracy' } },
  deepeval: { text: JSON.stringify(deepEval()), map: { overall: 'successes', toxicity: 'score.Toxicity' } },
  helm: { text: JSON.stringify(helm()), map: { overall: 'exact_match/test' } },
  junit: { text: JUNIT.trimEnd(), map: { overall: 'passed' } },
  json: {
    text: '{"rate":0.75,"n":40,"when":"2026-11-23T17:36:55Z"}',
    map: { overall: '$.rate', 'overall:samples': '$.n' },
  },
};

export const read = (format: ReportFormat, content: unknown, options: ReadReportOptions = {}): Report =>
  readReport(format, Buffer.from(typeof content === 'string' ? content : JSON.stringify(content)), options);

export const readLines = (
  format: ReportFormat,
  rows: readonly object[],
  options: ReadReportOptions = {},
): Report => read(format, lines(...rows), options);
