// Asks Prometheus for the numbers of a mapping and makes scores of them.

import {
  MAX_PROMETHEUS_BYTES,
  type Measure,
  mapReport,
  parseMapping,
  prometheusQueryUrl,
  type Report,
  readPrometheusAnswer,
} from '@mesh/harness';
import type { Timers } from '@mesh/host';
import type { Result } from '../result/measurement.ts';
import { serviceNameOf } from '../result/service-name.ts';
import { askService } from './ask-service.ts';
import { resultOfMapped } from './report-result.ts';
import type { PrometheusJob } from './service-job.ts';

/**
 * Asks one query after the other; each has the time limit of the job.
 *
 * @throws MeasurementError as `askService` does; `unscored` if a query does not give one finite number
 */
export async function queryPrometheus(job: PrometheusJob, timers: Timers): Promise<Result> {
  const { rules } = parseMapping(job.map);
  const queries = new Set(
    rules.flatMap(({ path, samplesPath }) => [path, ...(samplesPath === undefined ? [] : [samplesPath])]),
  );
  const answers = new Map<string, Measure>();
  for (const query of queries) answers.set(query, readPrometheusAnswer(await ask(job, query, timers)));
  const report: Report = { harness: 'Prometheus', paths: [], find: (path) => answers.get(path) };
  return resultOfMapped(serviceNameOf(job.url), mapReport(report, rules), report);
}

function ask(
  { url, apiKey, caPem, timeoutMs }: PrometheusJob,
  query: string,
  timers: Timers,
): Promise<string> {
  return askService({
    url: prometheusQueryUrl(url, query),
    headers: {
      accept: 'application/json',
      ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
    },
    caPem,
    maxBytes: MAX_PROMETHEUS_BYTES,
    timeoutMs,
    timers,
  });
}
