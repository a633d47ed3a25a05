/**
 * Describes what is wrong with a configuration, in one line per problem: the setting, where it was set, and
 * the form that it needs.
 */

import type * as z from 'zod';
import type { ConfigFile } from './config-file.ts';
import type { Setting } from './config-schema.ts';
import { HostError } from './host-error.ts';
import type { ConfigSource } from './load-config.ts';

/** What a check across settings has found. */
export interface ConfigIssue {
  /**
   * The settings that the fault is about, at least one. The message names the first that was set, or else the
   * first.
   */
  readonly paths: readonly (readonly PropertyKey[])[];
  readonly message: string;
}

/** The configuration before the schema, and where each part came from. */
export interface KnownConfig {
  readonly settings: readonly Setting[];
  readonly sources: ReadonlyMap<string, ConfigSource>;
  readonly file: ConfigFile | undefined;
  /** The values as they were given. */
  readonly raw: unknown;
}

/** What the schema refused. */
export function describeIssues(issues: readonly z.core.$ZodIssue[], known: KnownConfig): string[] {
  const mistyped = new Set(issues.filter(isOfType).map((issue) => textOf(issue.path)));
  // If the type is wrong, the schema may also complain about the length, which helps nobody.
  return issues
    .filter((issue) => isOfType(issue) || !mistyped.has(textOf(issue.path)))
    .map((issue) => describeIssue(issue, known));
}

const isOfType = (issue: z.core.$ZodIssue): boolean => issue.code === 'invalid_type';

function describeIssue(issue: z.core.$ZodIssue, known: KnownConfig): string {
  const path = textOf(issue.path);
  const inSecret =
    findSetting(issue.path, known)?.secret === true ||
    known.settings.some((setting) => setting.secret && setting.path.startsWith(path));
  let { message } = issue;
  // A refinement of the schema may quote the refused value.
  if (inSecret && issue.code === 'custom') message = 'is not valid (its value is not shown)';
  else if (issue.code === 'invalid_type' && issue.expected === 'array') {
    message = askForList(issue.path, inSecret ? undefined : getIn(known.raw, issue.path));
  }
  return lineOf(issue.path, known, message);
}

/** What a check across settings refused. */
export function describeConfigIssue({ paths, message }: ConfigIssue, known: KnownConfig): string {
  const given = paths.find((path) => {
    const setting = findSetting(path, known);
    return setting !== undefined && known.sources.get(setting.path)?.kind !== 'default';
  });
  return lineOf(given ?? paths[0] ?? [], known, message);
}

export function invalid(problems: readonly string[]): HostError {
  return new HostError(
    'config_invalid',
    `the configuration is refused:\n${problems.map((line) => `  ${line}`).join('\n')}`,
  );
}

export function sourceText(source: ConfigSource): string {
  switch (source.kind) {
    case 'flag':
      return `flag ${source.name}`;
    case 'env':
      return `environment ${source.name}`;
    case 'file':
      return source.at;
    case 'default':
      return 'not set';
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function getIn(value: unknown, keys: readonly PropertyKey[]): unknown {
  let current = value;
  for (const key of keys) current = isRecord(current) ? current[String(key)] : undefined;
  return current;
}

function lineOf(path: readonly PropertyKey[], known: KnownConfig, message: string): string {
  const setting = findSetting(path, known);
  const source = (setting && known.sources.get(setting.path)) ?? { kind: 'default' };
  const where = source.kind === 'file' ? (known.file?.locate(path) ?? source.at) : sourceText(source);
  return `${path.length === 0 ? 'configuration' : textOf(path)} (${where}): ${message}`;
}

function findSetting(path: readonly PropertyKey[], { settings }: KnownConfig): Setting | undefined {
  const text = textOf(path);
  return settings.find((setting) => text === setting.path || text.startsWith(`${setting.path}.`));
}

function textOf(path: readonly PropertyKey[]): string {
  return path.map(String).join('.');
}

/**
 * @param given the value in place of the list; if it is a plain value, the message shows it as a list's item
 */
function askForList(path: readonly PropertyKey[], given: unknown): string {
  const name = String(path.findLast((key) => typeof key === 'string') ?? 'setting');
  const isPlain = typeof given === 'string' || typeof given === 'number' || typeof given === 'boolean';
  // Text that YAML would read in another way between brackets is quoted.
  const item = typeof given === 'string' && !/^[A-Za-z0-9._/-]+$/.test(given) ? JSON.stringify(given) : given;
  return `write a list: \`${name}: [${isPlain ? String(item) : '…'}]\``;
}
