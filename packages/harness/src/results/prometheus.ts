// Prometheus: an instant query whose answer is one number (HTTP API, `/api/v1/query`).

import { type JsonValue, parseStrictJson } from '@mesh/primitives';
import { completeUrl } from '../complete-url.ts';
import { at, listAt } from '../json-fields.ts';
import type { Measure } from './measure.ts';

/** Largest answer that is read, in bytes. An answer is one number. */
export const MAX_PROMETHEUS_BYTES = 65_536;

const QUERY_PATH = '/api/v1/query';

/**
 * @param base the server, with the path under which it serves its API, if any
 * @throws TypeError if the base is not a URL
 */
export function prometheusQueryUrl(base: string, query: string): string {
  const url = completeUrl(base, (path) => (path.endsWith(QUERY_PATH) ? '' : QUERY_PATH));
  url.searchParams.set('query', query);
  return url.href;
}

/**
 * The number in an answer: a scalar, or a vector of exactly one sample. No sample, several, and NaN are no
 * value.
 */
export function readPrometheusAnswer(body: string): Measure {
  let answer: JsonValue;
  try {
    answer = parseStrictJson(body, { maxBytes: MAX_PROMETHEUS_BYTES, unsafeIntegers: 'round' });
  } catch {
    return { unscored: 'Prometheus did not answer with JSON' };
  }
  if (at(answer, 'status') !== 'success') return { unscored: 'Prometheus refused the query' };
  const type = at(answer, 'data', 'resultType');
  const result = listAt(answer, 'data', 'result');
  if (type === 'vector' && result.length !== 1)
    return { unscored: `the query gives ${result.length} series, not one: aggregate it, as with sum()` };
  const sample = type === 'scalar' ? result : type === 'vector' ? listAt(result[0], 'value') : [];
  const text = sample[1];
  const value = typeof text === 'string' && text !== '' ? Number(text) : Number.NaN;
  return Number.isFinite(value) ? { value } : { unscored: 'the query gives no finite number' };
}
