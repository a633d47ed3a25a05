// Scores from an HTTP endpoint beside the service.

import type { Timers } from '@mesh/host';
import { MAX_RESULT_BYTES, type MeasurementSource, readResult } from '../measurement.ts';
import { askService, nameOf } from './ask-service.ts';

export interface UrlSourceOptions {
  readonly url: string;
  readonly suiteVersion: string;
  readonly timeoutMs: number;
  readonly timers: Timers;
  readonly controllerNowMs: () => number;
}

export function createUrlSource(options: UrlSourceOptions): MeasurementSource {
  const { url, suiteVersion, timeoutMs, timers, controllerNowMs } = options;
  return {
    name: 'url',
    async measure({ challenge, signal }) {
      // Asked before the answer is made: it cannot be older than that by our doing.
      const askedAtMs = controllerNowMs();
      const text = await askService({
        url,
        headers: { accept: 'application/json', 'cache-control': 'no-store' },
        maxBytes: MAX_RESULT_BYTES,
        timeoutMs,
        timers,
        signal,
      });
      return readResult(text, nameOf(url), {
        measuredAtMs: askedAtMs,
        suiteVersion,
        ...(challenge === undefined ? {} : { challenge }),
      });
    },
  };
}
