/** Reads a configuration file in YAML or JSON (YAML 1.2 contains JSON) and keeps the line of every entry. */

import { readFileSync, type Stats, statSync } from 'node:fs';
import { isMap, isScalar } from 'yaml';
import type { ConfigNode } from './config-schema.ts';
import { errorCodeOf, HostError } from './host-error.ts';
import { hasRange, parseLocatedYaml } from './located-yaml.ts';
import { nearestName } from './nearest-name.ts';

export interface ConfigFile {
  /** Plain data. It has the sections of the schema; its values are not checked yet. */
  readonly values: Record<string, unknown>;
  /** The faults found so far, one line each: unknown keys, and values in place of a section. */
  readonly problems: readonly string[];
  /**
   * Where `keys` is in the file, as `controller.yaml:12`. If it is missing, the nearest section that encloses
   * it.
   */
  locate(keys: readonly PropertyKey[]): string;
}

const MAX_BYTES = 1_048_576;

/**
 * @throws HostError `config_unreadable` if there is no such file or it is not YAML (with the line);
 *   `file_unsafe` if other users can write to it
 */
export function readConfigFile(path: string, schema: ConfigNode): ConfigFile {
  const { document, positionOf, locate, toPlain } = parseLocatedYaml(
    readText(path),
    ({ line }) => `${path}:${line}`,
  );
  const at = (offset: number) => `${path}:${positionOf(offset).line}`;

  const problems: string[] = [];
  const lookup = (keys: readonly PropertyKey[]): string => {
    const position = locate(keys);
    return position === undefined ? path : `${path}:${position.line}`;
  };
  const walk = (node: unknown, known: ConfigNode, keys: readonly string[]): unknown => {
    if (known.kind === 'setting') {
      try {
        return toPlain(node);
      } catch {
        // The error has no cause: the parser's message names the alias, which may be a mistyped secret.
        throw new HostError(
          'config_unreadable',
          `${lookup(keys)}: ${keys.join('.')} has an alias that cannot be resolved`,
        );
      }
    }
    if (node === null || node === undefined || (isScalar(node) && node.value === null)) return {};
    if (!isMap(node)) {
      const name = keys.length === 0 ? 'the file' : keys.join('.');
      problems.push(`${lookup(keys)}: ${name} must be a section with settings of its own`);
      return {};
    }
    const section: Record<string, unknown> = {};
    for (const pair of node.items) {
      const key = isScalar(pair.key) ? String(pair.key.value) : '';
      const child = known.children.get(key);
      if (child === undefined) {
        const line = hasRange(pair.key) ? at(pair.key.range[0]) : path;
        problems.push(`${line}: ${unknownName([...keys, key].join('.'), key, known.children.keys())}`);
      } else section[key] = walk(pair.value, child, [...keys, key]);
    }
    return section;
  };
  const values = walk(document.contents, schema, []);
  return { values: values as Record<string, unknown>, problems, locate: lookup };
}

/** The sentence for a name that does not exist, with the nearest one that does. */
export function unknownName(shown: string, given: string, known: Iterable<string>): string {
  const names = [...known];
  const nearest = nearestName(given, names);
  return nearest === undefined
    ? `unknown setting ${shown}: the names here are ${names.join(', ')}`
    : `unknown setting ${shown}: did you mean ${nearest}?`;
}

function readText(path: string): string {
  try {
    const stat = statSync(path);
    refuseWritable(path, stat);
    if (stat.size > MAX_BYTES) {
      throw new HostError(
        'config_unreadable',
        `${path} has more than ${MAX_BYTES} bytes: it is no configuration file`,
      );
    }
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof HostError) throw error;
    const code = errorCodeOf(error) ?? 'unknown';
    throw new HostError('config_unreadable', `${path} cannot be read (${code}): check its path and mode`, {
      cause: error,
    });
  }
}

/**
 * Anyone who can write the file decides what the program does, including which commands it runs. A group may
 * write if it is root's or this process's own, as with a user's private group.
 */
function refuseWritable(path: string, { mode, gid }: Stats): void {
  const isOwnGroup = gid === 0 || gid === process.getegid?.();
  const refused = isOwnGroup ? 0o002 : 0o022;
  if ((mode & refused) !== 0)
    throw new HostError(
      'file_unsafe',
      `other users can write to ${path} (mode ${(mode & 0o777).toString(8).padStart(4, '0')}): run chmod go-w ${path}, and look at what it says`,
    );
}
