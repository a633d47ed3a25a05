// Infers the source if `measure.source` is not set: it is the one whose settings are given.

import { AgentError } from '../errors/agent-error.ts';
import type { AgentSettings } from '../settings/agent-settings.ts';

/** @throws AgentError `usage` if the settings of several sources are given and `source` is not set */
export function inferSource(measure: AgentSettings['measure']) {
  const { source, canary, command, file, url, report, prometheus, attestation } = measure;
  if (source !== undefined) return source;
  const configured = [
    { name: 'canary', set: canary.endpoint ?? canary.suite ?? canary.api_key_file ?? canary.ca_file },
    { name: 'command', set: command.argv[0] },
    { name: 'file', set: file.path },
    { name: 'url', set: url.url ?? url.api_key_file ?? url.ca_file },
    { name: 'attestation', set: attestation.path },
    { name: 'report', set: report.path },
    { name: 'prometheus', set: prometheus.url },
  ] as const;
  const [first, ...others] = configured.filter(({ set }) => set !== undefined).map(({ name }) => name);
  if (others.length === 0) return first ?? 'none';
  const names = [first, ...others].map((name) => `measure.${name}`).join(' and ');
  throw new AgentError(
    'usage',
    `${names} are set: write measure.source: ${first}, or the other that is meant`,
  );
}
