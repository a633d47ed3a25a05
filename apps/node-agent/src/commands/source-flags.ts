// The flags that name a result file, an attestation or Prometheus, and the mapping of its values to scores.

import { REPORT_FORMATS, splitMapping } from '@mesh/harness';
import { AgentError, messageOf } from '../errors/agent-error.ts';

export interface SourceFlags {
  /** `KIND:FILE`, `attestation:FILE` or `prometheus:URL`. */
  readonly source?: string;
  readonly map?: readonly string[];
  readonly sourceModel?: string;
}

export const MAP_OPTION = [
  '--map <entry...>',
  'which value gives which score: NAME=PATH[@WORST..BEST][#SAMPLES]',
] as const;
export const SOURCE_MODEL_OPTION = [
  '--source-model <name>',
  'the model that the result file must be about',
] as const;
export const SOURCE_KINDS_HELP = `KIND is one of ${REPORT_FORMATS.join(', ')}`;

/**
 * The settings that the flags give; none if there is no `--source`.
 *
 * @throws AgentError `usage` for a source of no known kind, for a mapping that cannot be read, and for flags
 *   that belong to a source where there is none
 */
export function sourceSettings({ source, map, sourceModel }: SourceFlags): Readonly<
  Record<string, unknown>
> & {
  readonly 'measure.source'?: 'report' | 'prometheus' | 'attestation';
} {
  if (source === undefined) {
    if (map === undefined && sourceModel === undefined) return {};
    throw new AgentError('usage', '--map and --source-model belong to --source KIND:FILE: add it');
  }
  const { kind, place } = splitSource(source);
  if (kind === 'attestation') {
    if (map !== undefined || sourceModel !== undefined)
      throw new AgentError('usage', 'an attestation has its own scores: leave --map and --source-model out');
    return { 'measure.source': 'attestation', 'measure.attestation.path': place };
  }
  const isPrometheus = kind === 'prometheus';
  // A query has commas and equals signs of its own.
  const entries = map === undefined ? undefined : readMap(map, !isPrometheus);
  if (isPrometheus) {
    if (sourceModel !== undefined)
      throw new AgentError('usage', '--source-model belongs to a result file: leave it out');
    return {
      'measure.source': 'prometheus',
      'measure.prometheus.url': place,
      'measure.prometheus.map': entries,
    };
  }
  return {
    'measure.source': 'report',
    'measure.report.format': kind,
    'measure.report.path': place,
    'measure.report.map': entries,
    'measure.report.model': sourceModel,
  };
}

/** @throws AgentError `usage` */
function splitSource(source: string): { kind: string; place: string } {
  const colon = source.indexOf(':');
  const [kind, place] = [source.slice(0, Math.max(0, colon)), source.slice(colon + 1)];
  const isKnown = [...REPORT_FORMATS, 'prometheus', 'attestation'].includes(kind);
  if (isKnown && place !== '') return { kind, place };
  throw new AgentError(
    'usage',
    `${source} does not say what it is: write KIND:FILE, as in promptfoo:out.json, attestation:FILE or prometheus:URL; ${SOURCE_KINDS_HELP}`,
  );
}

function readMap(map: readonly string[], atCommas: boolean): Record<string, string> {
  try {
    return splitMapping(map, atCommas);
  } catch (error) {
    throw new AgentError('usage', `--map: ${messageOf(error)}`, { cause: error });
  }
}
