// The mapping of a result file: which path gives which score. It is always written down, never guessed.
//
//   DIMENSION=PATH[@WORST..BEST][#SAMPLES]
//
// `@WORST..BEST` says which values are 0 and 1; it is needed for what is no share, and it gives the
// direction: `latency=p99@2..0.5` is 0 from two seconds up and 1 from half a second down. `#SAMPLES` is the
// fewest samples that the value may rest on. A PATH that ends in `*` means all paths that begin so: their
// lowest score counts.

import { defined } from '@mesh/primitives';
import { DIMENSION } from '../dimension.ts';
import { HarnessError } from '../harness-error.ts';

export interface MappingRule {
  /** The score that is sent: `overall` or another name. */
  readonly dimension: string;
  readonly path: string;
  /** The values that are 0 and 1. */
  readonly bounds?: { readonly worst: number; readonly best: number };
  /** At least 1. */
  readonly minSamples?: number;
  /** Where the number of samples stands, in a format that does not define that. */
  readonly samplesPath?: string;
}

export interface Mapping {
  /** In the order in which they were written; `overall` is among them. */
  readonly rules: readonly MappingRule[];
  /** Where the time of measuring stands, in a format that does not define that. */
  readonly timePath?: string;
}

const NUMBER = '-?\\d+(?:\\.\\d+)?(?:e[+-]?\\d+)?';
const SUFFIXES = new RegExp(`^(.+?)(?:@(${NUMBER})\\.\\.(${NUMBER}))?(?:#(\\d{1,9}))?$`, 's');
const SAMPLES_OF = ':samples';
const TIME = ':time';
const MAX_RULES = 64;
const MAX_PATH_LENGTH = 2_048;

/**
 * @param entries by dimension: the path with its suffixes. `DIMENSION:samples` and `:time` name where the
 *   number of samples and the time stand, for formats that do not define that
 * @throws HarnessError `invalid_option` that names the entry
 */
export function parseMapping(entries: Readonly<Record<string, string>>): Mapping {
  const rules: MappingRule[] = [];
  for (const [name, text] of Object.entries(entries)) {
    if (name === TIME || name.endsWith(SAMPLES_OF)) continue;
    if (!DIMENSION.test(name)) throw refused(name, 'a score is named with a-z, 0-9, "_", "." and "-"');
    const samplesPath = entries[`${name}${SAMPLES_OF}`];
    rules.push({ ...parseRule(name, text), ...defined({ samplesPath }) });
  }
  const names = new Set(rules.map(({ dimension }) => dimension));
  for (const name of Object.keys(entries))
    if (name.endsWith(SAMPLES_OF) && !names.has(name.slice(0, -SAMPLES_OF.length)))
      throw refused(name, 'there is no score of this name');
  if (!names.has('overall')) throw refused('overall', 'it is missing: say which value is the overall score');
  if (rules.length > MAX_RULES) throw refused('the mapping', `it names more than ${MAX_RULES} scores`);
  return { rules, ...defined({ timePath: entries[TIME] }) };
}

/**
 * Reads what stands on a command line: entries `DIMENSION=PATH…`, several of which may stand in one text with
 * commas between them. A comma is a separator only where a name and `=` follow it.
 *
 * @throws HarnessError `invalid_option` for a text without `=` and for a name that comes twice
 */
export function splitMapping(texts: readonly string[], atCommas: boolean): Record<string, string> {
  const entries: Record<string, string> = {};
  for (const text of texts.flatMap((one) =>
    atCommas ? one.split(/,(?=:?[a-z0-9][a-z0-9_.-]*(?::samples)?=)/) : [one],
  )) {
    const [, name, path] = /^([a-z0-9_.:-]+)=(.+)$/s.exec(text) ?? [];
    if (name === undefined || path === undefined)
      throw refused(text, 'write NAME=PATH, as in overall=successes');
    if (Object.hasOwn(entries, name)) throw refused(name, 'it is there twice');
    entries[name] = path;
  }
  return entries;
}

function parseRule(dimension: string, text: string): MappingRule {
  const [, path, worst, best, minSamples] = SUFFIXES.exec(text) ?? [];
  if (path === undefined || path.trim() === '' || path.length > MAX_PATH_LENGTH)
    throw refused(dimension, `its path is empty or longer than ${MAX_PATH_LENGTH} characters`);
  const bounds = worst === undefined ? undefined : { worst: Number(worst), best: Number(best) };
  if (bounds !== undefined && bounds.worst === bounds.best)
    throw refused(dimension, 'its worst and best value are the same');
  if (minSamples !== undefined && Number(minSamples) < 1)
    throw refused(dimension, 'it needs at least one sample');
  return {
    dimension,
    path,
    ...defined({ bounds, minSamples: minSamples === undefined ? undefined : Number(minSamples) }),
  };
}

function refused(name: string, why: string): HarnessError {
  return new HarnessError('invalid_option', `the mapping of ${JSON.stringify(name)} is refused: ${why}`);
}
