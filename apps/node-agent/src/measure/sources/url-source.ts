// Scores from an HTTP endpoint beside the service, fetched by a process without privileges.

import type { MeasurementSource } from '../measurement.ts';
import { toMeasurement } from '../measurement.ts';
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
      // Asked before the answer is made: it cannot be older than that by our doing.
      const measuredAtMs = controllerNowMs();
      const result = await perform({ kind: 'url', url, timeoutMs, ...readCredentials() }, signal);
      return toMeasurement(result, { measuredAtMs, suiteVersion, challenge });
    },
  };
}
