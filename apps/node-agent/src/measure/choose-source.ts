// Makes the measurement source that the settings ask for.

import type { Logger, Timers } from '@mesh/host';
import type { AgentSettings } from '../settings/agent-settings.ts';
import { canaryParts } from './canary-parts.ts';
import { checkMapping } from './check-mapping.ts';
import { checkedCredentials } from './checked-credentials.ts';
import { effectiveUid, findServiceUser } from './confinement/service-user.ts';
import { findUnprivilegedUser } from './confinement/unprivileged-user.ts';
import { inferSource } from './infer-source.ts';
import { needed } from './needed.ts';
import type { MeasurementSource } from './result/measurement.ts';
import { createAttestationSource } from './sources/attestation-source.ts';
import { createCanarySource } from './sources/canary-source.ts';
import { createCommandSource } from './sources/command-source.ts';
import { createFileSource } from './sources/file-source.ts';
import { createPrometheusSource } from './sources/prometheus-source.ts';
import { createReportSource } from './sources/report-source.ts';
import { createServiceProcess } from './sources/service-process.ts';
import { createUrlSource } from './sources/url-source.ts';

export interface ChooseSourcePorts {
  readonly controllerClock: { nowMs(): number; fromWallMs(wallMs: number): number };
  readonly timers: Timers;
  readonly logger: Logger;
}

/**
 * @returns undefined if nothing is to be measured
 * @throws AgentError `usage` if a setting that the source needs is missing, or if a file that a setting names
 *   cannot be read
 */
export function chooseSource(
  measure: AgentSettings['measure'],
  { controllerClock, timers, logger }: ChooseSourcePorts,
): MeasurementSource | undefined {
  const controllerNowMs = () => controllerClock.nowMs();
  const timeoutMs = measure.timeout_seconds * 1_000;
  const suiteVersion = measure.suite_version;
  const processFor = (runMs: number) =>
    createServiceProcess({ runMs, runAs: findServiceUser(measure.service_user), timers, logger });
  switch (inferSource(measure)) {
    case 'none':
      return undefined;
    case 'file':
      return createFileSource({
        path: needed(measure.file.path, 'measure.file.path'),
        suiteVersion,
        fromWallMs: (wallMs) => controllerClock.fromWallMs(wallMs),
      });
    case 'url':
      return createUrlSource({
        url: needed(measure.url.url, 'measure.url.url'),
        readCredentials: checkedCredentials(measure.url),
        suiteVersion,
        timeoutMs,
        perform: processFor(timeoutMs),
        controllerNowMs,
      });
    case 'command': {
      const [program, ...args] = measure.command.argv;
      return createCommandSource({
        command: [needed(program, 'measure.command.argv'), ...args],
        suiteVersion,
        timeoutMs,
        memoryBytes: measure.command.memory_mb * 1_048_576,
        runAs: findUnprivilegedUser(measure.command.user, 'measure.command.user', effectiveUid()),
        timers,
        controllerNowMs,
        logger,
      });
    }
    case 'report': {
      const { path, format, map, model, max_age_seconds } = measure.report;
      return createReportSource({
        path: needed(path, 'measure.report.path'),
        format: needed(format, 'measure.report.format'),
        map: checkMapping(map, 'measure.report.map'),
        model,
        maxAgeMs: max_age_seconds * 1_000,
        suiteVersion,
        perform: processFor(timeoutMs),
        fromWallMs: (wallMs) => controllerClock.fromWallMs(wallMs),
        controllerNowMs,
      });
    }
    case 'prometheus': {
      const { url, map } = measure.prometheus;
      const checked = checkMapping(map, 'measure.prometheus.map');
      return createPrometheusSource({
        url: needed(url, 'measure.prometheus.url'),
        readCredentials: checkedCredentials(measure.prometheus),
        map: checked,
        suiteVersion,
        timeoutMs,
        // A score is one query, or two with that of its samples.
        perform: processFor(timeoutMs * Object.keys(checked).length),
        controllerNowMs,
      });
    }
    case 'attestation':
      return createAttestationSource({ path: needed(measure.attestation.path, 'measure.attestation.path') });
    case 'canary':
      return createCanarySource({ ...canaryParts(measure), processFor, controllerNowMs });
  }
}
