// Which measurement source the settings ask for, with everything that it needs.

import { readFileSync } from 'node:fs';
import { type Logger, readSecretFile, type Timers } from '@mesh/host';
import { AgentError } from '../agent-error.ts';
import type { AgentSettings } from '../settings/agent-settings.ts';
import { inferSource } from './infer-source.ts';
import type { MeasurementSource } from './measurement.ts';
import { createRegexMatcher } from './regex-matcher.ts';
import { createCanarySource } from './sources/canary-source.ts';
import { createCommandSource } from './sources/command-source.ts';
import { createFileSource } from './sources/file-source.ts';
import { findUnprivilegedUser } from './sources/unprivileged-user.ts';
import { createUrlSource } from './sources/url-source.ts';

export interface ChosenSource {
  /** Undefined: nothing is to be measured. */
  readonly source: MeasurementSource | undefined;
  readonly close: () => Promise<void>;
}

export interface ChooseSourcePorts {
  readonly controllerClock: { nowMs(): number; fromWallMs(wallMs: number): number };
  readonly timers: Timers;
  readonly logger: Logger;
}

/** @throws AgentError `usage` where a setting that the source needs is missing, or what it names cannot be read */
export function chooseSource(
  measure: AgentSettings['measure'],
  { controllerClock, timers, logger }: ChooseSourcePorts,
): ChosenSource {
  const controllerNowMs = () => controllerClock.nowMs();
  const timeoutMs = measure.timeout_seconds * 1_000;
  const suiteVersion = measure.suite_version;
  const simple = (source: MeasurementSource | undefined): ChosenSource => ({
    source,
    close: async () => undefined,
  });
  switch (inferSource(measure)) {
    case 'none':
      return simple(undefined);
    case 'file':
      return simple(
        createFileSource({
          path: needed(measure.file.path, 'measure.file.path'),
          suiteVersion,
          fromWallMs: (wallMs) => controllerClock.fromWallMs(wallMs),
        }),
      );
    case 'url':
      return simple(
        createUrlSource({
          url: needed(measure.url.url, 'measure.url.url'),
          suiteVersion,
          timeoutMs,
          timers,
          controllerNowMs,
        }),
      );
    case 'command': {
      const [program, ...args] = measure.command.argv;
      return simple(
        createCommandSource({
          command: [needed(program, 'measure.command.argv'), ...args],
          suiteVersion,
          timeoutMs,
          memoryBytes: measure.command.memory_mb * 1_048_576,
          runAs: findUnprivilegedUser(measure.command.user, process.geteuid?.() ?? 0),
          timers,
          controllerNowMs,
          logger,
        }),
      );
    }
    case 'canary': {
      const { canary } = measure;
      const matcher = createRegexMatcher(timers, canary.regex_timeout_ms);
      const source = createCanarySource({
        endpoint: needed(canary.endpoint, 'measure.canary.endpoint'),
        model: canary.model,
        fields: canary.request,
        suiteText: readSuite(needed(canary.suite, 'measure.canary.suite')),
        ...(canary.api_key_file === undefined ? {} : { apiKey: readApiKey(canary.api_key_file) }),
        timeoutMs,
        concurrency: canary.concurrency,
        minAnswered: canary.min_answered,
        timers,
        matchRegex: matcher.match,
        controllerNowMs,
      });
      return { source, close: () => matcher.close() };
    }
  }
}

function needed(value: string | undefined, setting: string): string {
  if (value === undefined) throw new AgentError('usage', `what is measured needs ${setting}: set it`);
  return value;
}

function readSuite(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new AgentError('usage', `the canary suite ${path} cannot be read: check its path and mode`, {
      cause: error,
    });
  }
}

/** A header's value is a string, which cannot be zeroed. */
function readApiKey(path: string): string {
  using file = readSecretFile(path);
  return file.use((bytes) => Buffer.from(bytes).toString('utf8').trim());
}
