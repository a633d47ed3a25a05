// Measures by queries to Prometheus, from an unprivileged process.

import { type MeasurementSource, toMeasurement } from '../result/measurement.ts';
import type { ReadCredentials } from './credentials.ts';
import type { PerformJob } from './service-process.ts';

export interface PrometheusSourceOptions {
  readonly url: string;
  readonly readCredentials: ReadCredentials;
  /** As `parseMapping` of `@mesh/harness` takes it; each path is a query. */
  readonly map: Readonly<Record<string, string>>;
  readonly suiteVersion: string;
  /** The time limit of one query. */
  readonly timeoutMs: number;
  readonly perform: PerformJob;
  readonly controllerNowMs: () => number;
}

export function createPrometheusSource(options: PrometheusSourceOptions): MeasurementSource {
  const { url, map, readCredentials, suiteVersion, timeoutMs, perform, controllerNowMs } = options;
  return {
    name: 'prometheus',
    async measure({ challenge, signal }) {
      // This is the time before the questions, so that the result is not dated too late.
      const measuredAtMs = controllerNowMs();
      const result = await perform({ kind: 'prometheus', url, map, timeoutMs, ...readCredentials() }, signal);
      return toMeasurement(result, { measuredAtMs, suiteVersion, challenge });
    },
  };
}
