// The fields that several parts of a policy share: scores, metric names, values by metric.

import * as z from 'zod';

const METRIC = /^[a-z0-9][a-z0-9_.-]{0,63}$/;

export const score = z
  .number('must be a number from 0 to 1')
  .min(0, 'must be at least 0')
  .max(1, 'must be at most 1');

export const metricName = z
  .string()
  .regex(METRIC, 'is no metric name: use a-z, 0-9, "_", "." and "-", at most 64 characters');

/** zod silently drops a key "__proto__" from a record; a floor that is not enforced must be reported. */
export const namedValues = z
  .unknown()
  .refine(
    (named) => typeof named !== 'object' || named === null || !Object.hasOwn(named, '__proto__'),
    'may not hold the key "__proto__"',
  );

export const floors = namedValues
  .pipe(z.record(metricName, score))
  .refine((named) => !Object.hasOwn(named, 'overall'), 'may not hold "overall": set threshold instead');
