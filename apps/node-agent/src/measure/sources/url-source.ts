// Measures by fetching scores from an HTTP endpoint next to the service, in an unprivileged process.

import { type MeasurementSource, toMeasurement } from '../result/measurement.ts';
import type { ReadCredentials } from './credentials.ts';
import type { PerformJob } from './service-process.ts';

export interface UrlSourceOptions {
  readonly url: string;
  readonly readCredentials: ReadCredentials;
  readonly suiteVersion: string;
  readonly timeoutMs: number;
  readonly perform: PerformJob;
  readonly controllerNowMs: () => number;
}

export function createUrlSource(options: UrlSourceOptions): MeasurementSource {
  const { url, readCredentials, suiteVersion, timeoutMs, perform, controllerNowMs } = options;
  return {
    name: 'url',
    async measure({ challenge, signal }) {
      // This is the time before the question, so that the result is not dated too late.
      const measuredAtMs = controllerNowMs();
      const result = await perform({ kind: 'url', url, timeoutMs, ...readCredentials() }, signal);
      return toMeasurement(result, { measuredAtMs, suiteVersion, challenge });
    },
  };
}
