// GET /v1/metrics: for Prometheus. It holds scores, so it takes the role of a viewer.

import type { Handler } from 'hono';
import type { MeshMetrics } from '../../metrics/mesh-metrics.ts';

export interface MetricsPorts {
  readonly metrics: Pick<MeshMetrics, 'text' | 'contentType'>;
}

export function metricsRoute({ metrics }: MetricsPorts): Handler {
  return async (context) =>
    context.body(await metrics.text(), 200, {
      'content-type': metrics.contentType,
      'cache-control': 'no-store',
    });
}
