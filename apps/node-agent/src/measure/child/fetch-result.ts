// Fetches scores from an HTTP endpoint next to the service.

import type { Timers } from '@mesh/host';
import { MAX_RESULT_BYTES, type Result, readResult } from '../result/measurement.ts';
import { serviceNameOf } from '../result/service-name.ts';
import { askService } from './ask-service.ts';
import type { UrlJob } from './service-job.ts';

/** @throws MeasurementError as `askService` and `readResult` do */
export async function fetchResult(
  { url, apiKey, caPem, timeoutMs }: UrlJob,
  timers: Timers,
): Promise<Result> {
  const text = await askService({
    url,
    headers: {
      accept: 'application/json',
      'cache-control': 'no-store',
      ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
    },
    caPem,
    maxBytes: MAX_RESULT_BYTES,
    timeoutMs,
    timers,
  });
  return readResult(text, serviceNameOf(url));
}
