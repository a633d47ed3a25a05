// Scores from an HTTP endpoint beside the service: GET, no redirects, limits on time and size.

import { MAX_RESULT_BYTES, MeasurementError, type MeasurementSource, readResult } from '../measurement.ts';

export interface UrlSourceOptions {
  readonly url: string;
  readonly suiteVersion: string;
  readonly timeoutMs: number;
  readonly controllerNowMs: () => number;
}

export function createUrlSource(options: UrlSourceOptions): MeasurementSource {
  const { url, suiteVersion, timeoutMs, controllerNowMs } = options;
  return {
    name: 'url',
    async measure({ challenge, signal }) {
      // Asked before the answer is made: it cannot be older than that by our doing.
      const askedAtMs = controllerNowMs();
      const text = await get(url, AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]));
      return readResult(text, url, {
        measuredAtMs: askedAtMs,
        suiteVersion,
        ...(challenge === undefined ? {} : { challenge }),
      });
    },
  };
}

async function get(url: string, signal: AbortSignal): Promise<string> {
  try {
    const answer = await fetch(url, {
      redirect: 'error',
      headers: { accept: 'application/json' },
      cache: 'no-store',
      signal,
    });
    if (answer.status !== 200) {
      await answer.body?.cancel();
      throw new MeasurementError(
        'unreachable',
        `${url} answers HTTP ${answer.status}: it must answer 200 with JSON`,
      );
    }
    return await readLimited(answer, url);
  } catch (error) {
    if (error instanceof MeasurementError) throw error;
    if (signal.aborted)
      throw new MeasurementError('timeout', `${url} did not answer in time`, { cause: error });
    throw new MeasurementError('unreachable', `${url} cannot be fetched: check that the service runs`, {
      cause: error,
    });
  }
}

async function readLimited(answer: Response, url: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let lengthBytes = 0;
  for await (const chunk of answer.body ?? []) {
    lengthBytes += chunk.length;
    if (lengthBytes > MAX_RESULT_BYTES) {
      throw new MeasurementError('too_large', `${url} answers more than ${MAX_RESULT_BYTES} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
