// Measures with a canary suite: an unprivileged process sends its prompts to the node's own chat service and
// grades the answers. The agent reads the suite, which is the operator's file, and determines its name and
// digest.

import { createHash } from 'node:crypto';
import { completeChatUrl, parseSuite } from '@mesh/harness';
import type { MeasurementSource } from '../result/measurement.ts';
import { toMeasurement } from '../result/measurement.ts';
import type { ReadCredentials } from './credentials.ts';
import type { PerformJob } from './service-process.ts';

export interface CanarySourceOptions {
  /** Completed by `completeChatUrl`. */
  readonly endpoint: string;
  readonly model: string;
  /** Merged over the fields of each request. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** YAML. */
  readonly suiteText: string;
  readonly readCredentials: ReadCredentials;
  /** The time limit of one question. */
  readonly timeoutMs: number;
  readonly concurrency: number;
  /** 0..1: the share of the prompts that must be answered for the run to count. */
  readonly minAnswered: number;
  /** The time limit of matching one pattern. */
  readonly regexTimeoutMs: number;
  /** @param runMs the time limit of all questions of a run together */
  readonly processFor: (runMs: number) => PerformJob;
  readonly controllerNowMs: () => number;
}

/** @throws HarnessError `invalid_suite` */
export function createCanarySource(options: CanarySourceOptions): MeasurementSource {
  const { suiteText, timeoutMs, concurrency } = options;
  const { model, fields, minAnswered, regexTimeoutMs, readCredentials, controllerNowMs } = options;
  const suite = parseSuite(suiteText);
  const digest = createHash('sha256').update(suiteText).digest('hex');
  // The digest identifies the text of the suite, whatever its name is.
  const suiteVersion = `${`${suite.name}/${suite.version}`.slice(0, 100)}#${digest.slice(0, 12)}`;
  const url = completeChatUrl(options.endpoint);
  // How long a run takes if each question takes its full time.
  const runMs = timeoutMs * Math.ceil(suite.prompts.length / concurrency);
  const perform = options.processFor(runMs);
  return {
    name: 'canary',
    async measure({ challenge, signal }) {
      const measuredAtMs = controllerNowMs();
      const asked = { url, timeoutMs, ...readCredentials() };
      const run = { model, fields, suiteText, concurrency, minAnswered, regexTimeoutMs, runMs };
      const { scores, samples, notes, signals } = await perform({ kind: 'canary', ...asked, ...run }, signal);
      return toMeasurement({ scores, samples, notes, signals }, { measuredAtMs, suiteVersion, challenge });
    },
  };
}
