// Prometheus as a source.

import { systemTimers } from '@mesh/host';
import { describe, expect, it } from 'vitest';
import { queryPrometheus } from '../../src/measure/child/query-prometheus.ts';
import { createPrometheusSource } from '../../src/measure/sources/prometheus-source.ts';
import type { PerformJob } from '../../src/measure/sources/service-process.ts';
import { codeOf, measure, NOW, serve, serviceProcess } from '../support/measure-fixtures.ts';

const ERRORS = 'sum(rate(http_errors[5m]))';
const LATENCY = 'histogram_quantile(0.99, x{a="1",b="2"})';
const COUNT = 'sum(increase(http_requests[5m]))';

/** Answers each query with what is written for it: a number as Prometheus writes it, or none. */
const answering = (values: Readonly<Record<string, string | undefined>>) =>
  serve((request, response) => {
    const url = new URL(request.url ?? '', 'http://x');
    const value =
      url.pathname === '/prom/api/v1/query' ? values[url.searchParams.get('query') ?? ''] : undefined;
    const result = value === undefined ? [] : [{ metric: {}, value: [1, value] }];
    response.end(JSON.stringify({ status: 'success', data: { resultType: 'vector', result } }));
  });

/** What the process does, without the process. */
const inThisProcess: PerformJob = (job) => {
  if (job.kind !== 'prometheus') throw new Error('another job');
  return queryPrometheus(job, systemTimers);
};

const sourceAt = (base: string, perform: PerformJob) =>
  createPrometheusSource({
    url: `${base}/prom`,
    readCredentials: () => ({}),
    map: {
      overall: `${ERRORS}@0.1..0#100`,
      'overall:samples': COUNT,
      latency: `${LATENCY}@2..0.5`,
    },
    suiteVersion: 's',
    timeoutMs: 10_000,
    perform,
    controllerNowMs: () => NOW,
  });

describe('Prometheus', () => {
  it('asked by the process, gives a rate and a quantile as scores, by their bounds and with their samples', async () => {
    const base = await answering({ [ERRORS]: '0.025', [LATENCY]: '0.5', [COUNT]: '400.7' });
    expect(await measure(sourceAt(base, serviceProcess(10_000)))).toEqual({
      measuredAtMs: NOW,
      suiteVersion: 's',
      scores: { overall: expect.closeTo(0.75), latency: 1 },
      samples: { overall: 400 },
    });
  });

  it.each([
    [
      'NaN for a query',
      { [ERRORS]: 'NaN', [LATENCY]: '0.5', [COUNT]: '400' },
      /overall: the query gives no finite/,
    ],
    ['nothing for a query', { [ERRORS]: '0', [COUNT]: '400' }, /latency: the query gives 0 series/],
    [
      'too few samples',
      { [ERRORS]: '0', [LATENCY]: '0.5', [COUNT]: '99' },
      /99 samples, and 100 are asked for/,
    ],
  ])('that gives %s is a failed measurement', async (_what, values, why) => {
    const failure = measure(sourceAt(await answering(values), inThisProcess));
    await expect(failure).rejects.toThrow(why);
    expect(await codeOf(failure)).toBe('unscored');
  });
});
