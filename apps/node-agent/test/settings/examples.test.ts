// The examples are settings that the agent takes, and each names one source.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseMapping } from '@mesh/harness';
import { expect, it } from 'vitest';
import { inferSource } from '../../src/measure/infer-source.ts';
import { loadSettings } from '../../src/settings/agent-settings.ts';

const FOLDER = join(import.meta.dirname, '../../examples');
const SOURCES: Readonly<Record<string, string>> = {
  'anthropic-with-judge.yaml': 'canary',
  'prometheus.yaml': 'prometheus',
  'result-file.yaml': 'report',
  'third-party.yaml': 'attestation',
};

it('there is an example of each of these', () => {
  expect(readdirSync(FOLDER).sort()).toEqual(Object.keys(SOURCES));
});

it.each(Object.entries(SOURCES))('%s measures by %s', (file, source) => {
  const { measure } = loadSettings({ file: join(FOLDER, file), env: {}, flags: {} });
  expect(inferSource(measure)).toBe(source);
  for (const map of [measure.report.map, measure.prometheus.map])
    if (Object.keys(map).length > 0) expect(parseMapping(map).rules.length).toBeGreaterThan(1);
});
