// Measures with a canary suite: an unprivileged process sends its prompts to the node's own chat service and
// grades the answers. The agent reads the suite, which is the operator's file, and determines its name and
// digest.

import { createHash } from 'node:crypto';
import { parseSuite } from '@mesh/harness';
import { type MeasurementSource, toMeasurement } from '../result/measurement.ts';
import { type CanaryRun, canaryJob, longestRunMs } from './canary-run.ts';
import type { PerformJob } from './service-process.ts';

export interface CanarySourceOptions extends CanaryRun {
  /** @param runMs the time limit of all questions of a run together */
  readonly processFor: (runMs: number) => PerformJob;
  readonly controllerNowMs: () => number;
}

/** @throws HarnessError `invalid_suite`; AgentError `usage` if the suite asks a judge and there is none */
export function createCanarySource(options: CanarySourceOptions): MeasurementSource {
  const { suiteText, controllerNowMs } = options;
  const suite = parseSuite(suiteText);
  const digest = createHash('sha256').update(suiteText).digest('hex');
  // The digest identifies the text of the suite, whatever its name is.
  const suiteVersion = `${`${suite.name}/${suite.version}`.slice(0, 100)}#${digest.slice(0, 12)}`;
  const runMs = longestRunMs(suite, options);
  const perform = options.processFor(runMs);
  return {
    name: 'canary',
    async measure({ challenge, signal }) {
      const measuredAtMs = controllerNowMs();
      const { scores, samples, notes, signals } = await perform(canaryJob(options, runMs), signal);
      return toMeasurement({ scores, samples, notes, signals }, { measuredAtMs, suiteVersion, challenge });
    },
  };
}
