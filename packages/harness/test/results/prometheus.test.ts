import { prometheusQueryUrl, readPrometheusAnswer } from '@mesh/harness';
import { describe, expect, it } from 'vitest';

const vector = (...values: unknown[]) =>
  JSON.stringify({
    status: 'success',
    data: {
      resultType: 'vector',
      result: values.map((value) => ({ metric: { job: 'x' }, value: [1.5, value] })),
    },
  });

describe('a Prometheus query', () => {
  it.each([
    ['http://p:9090', 'http://p:9090/api/v1/query?query=up'],
    ['https://p/prom/', 'https://p/prom/api/v1/query?query=up'],
    ['https://p/api/v1/query?tenant=a', 'https://p/api/v1/query?tenant=a&query=up'],
  ])('goes from %s to %s', (base, url) => {
    expect(prometheusQueryUrl(base, 'up')).toBe(url);
  });

  it('is written into the URL whatever it holds', () => {
    const query = 'sum(rate(x{code=~"5..",a="&b=c#"}[5m])) / 3';
    expect(new URL(prometheusQueryUrl('http://p', query)).searchParams.get('query')).toBe(query);
  });

  it('gives the one number of a vector or a scalar', () => {
    expect(readPrometheusAnswer(vector('0.25'))).toEqual({ value: 0.25 });
    expect(
      readPrometheusAnswer('{"status":"success","data":{"resultType":"scalar","result":[1,"3e-2"]}}'),
    ).toEqual({
      value: 0.03,
    });
  });

  it.each([
    ['nothing', vector(), /0 series/],
    ['two series', vector('1', '2'), /2 series/],
    ['NaN', vector('NaN'), /no finite number/],
    ['infinity', vector('+Inf'), /no finite number/],
    ['a number that is no text', vector(1), /no finite number/],
    ['an empty text', vector(''), /no finite number/],
    ['a matrix', '{"status":"success","data":{"resultType":"matrix","result":[]}}', /no finite number/],
    ['an error', '{"status":"error","errorType":"bad_data","error":"no"}', /refused the query/],
    ['no JSON', '<html>', /did not answer with JSON/],
  ])('that gives %s is no value', (_what, body, why) => {
    expect(readPrometheusAnswer(body)).toEqual({ unscored: expect.stringMatching(why) });
  });
});
