// How a policy compares scores that come with sample counts: by the interval of what is plausible behind
// them. Without this rule a policy compares points.

import * as z from 'zod';
import { metricName, namedValues } from './policy-fields.ts';

export const INTERVAL_METHODS = ['wilson', 'clopper-pearson'] as const;
export type IntervalMethod = (typeof INTERVAL_METHODS)[number];

export interface IntervalSettings {
  /** Two-sided, above 0 and below 1. */
  readonly confidence: number;
  readonly method: IntervalMethod;
  /**
   * How many prompts tell as much as one independent prompt does, where prompts belong together; 1 or more.
   */
  readonly designEffect: number;
  /**
   * From how many samples on the upper end counts in a node's favour. With fewer, a score below its limit
   * denies as a point does: a node that measures little gains nothing by it.
   */
  readonly fromSamples: number;
}

export interface IntervalRule extends IntervalSettings {
  readonly kind: 'interval';
  /** What is different for one metric, `overall` included. */
  readonly metrics: Readonly<Record<string, MetricSettings>>;
}

export const INTERVAL_SETTINGS = [
  'confidence',
  'method',
  'designEffect',
  'fromSamples',
] as const satisfies readonly (keyof IntervalSettings)[];

export type MetricSettings = {
  readonly [setting in keyof IntervalSettings]?: IntervalSettings[setting] | undefined;
};

export const DEFAULT_CONFIDENCE = 0.95;
export const DEFAULT_FROM_SAMPLES = 20;

const settings = {
  confidence: z.number().min(0.5, 'must be at least 0.5').max(0.9999, 'must be at most 0.9999'),
  method: z.enum(INTERVAL_METHODS),
  designEffect: z.number().min(1, 'must be at least 1').max(1e6),
  fromSamples: z.number().int().min(1, 'must be at least 1').max(1e6),
};

const ruleObject = z.strictObject(
  {
    kind: z.literal('interval'),
    confidence: settings.confidence.default(DEFAULT_CONFIDENCE),
    method: settings.method.default('wilson'),
    designEffect: settings.designEffect.default(1),
    fromSamples: settings.fromSamples.default(DEFAULT_FROM_SAMPLES),
    metrics: namedValues.pipe(z.record(metricName, z.strictObject(settings).partial())).default(() => ({})),
  },
  'must be "interval", "point", or { kind: interval, … }',
);

/** `interval` is the rule with all its defaults, and `point` no rule. */
export const intervalRule = z.preprocess(
  (given) => (given === 'interval' ? { kind: 'interval' } : given === 'point' ? undefined : given),
  ruleObject.optional(),
);

/** The settings for one metric. A rule without settings of a metric's own is its own answer. */
export function settingsFor(rule: IntervalRule, metric: string): IntervalSettings {
  if (!Object.hasOwn(rule.metrics, metric)) return rule;
  const { confidence, method, designEffect, fromSamples } = rule;
  const own = rule.metrics[metric];
  return {
    confidence: own?.confidence ?? confidence,
    method: own?.method ?? method,
    designEffect: own?.designEffect ?? designEffect,
    fromSamples: own?.fromSamples ?? fromSamples,
  };
}
