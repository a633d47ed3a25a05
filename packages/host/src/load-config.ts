/**
 * Makes one configuration from flags, environment, file and the schema's defaults, in that order of
 * precedence. It records where each value came from and refuses every unknown name.
 *
 * Names: a setting's path `policy.maxBenchmarkAgeMs` is `MESH_POLICY_MAX_BENCHMARK_AGE_MS` in the
 * environment: the prefix, then the path's words in capitals, joined by single underscores. The names are
 * computed from the schema, never guessed from the variable, and two settings with one name are refused at
 * once, so the single underscore is unambiguous. An empty variable counts as not set.
 */

import type * as z from 'zod';
import { readConfigFile, unknownName } from './config-file.ts';
import {
  type ConfigIssue,
  describeConfigIssue,
  describeIssues,
  getIn,
  invalid,
  isRecord,
  sourceText,
} from './config-problem.ts';
import { type ConfigNode, describeSchema, type Setting, settingsOf } from './config-schema.ts';
import { HostError } from './host-error.ts';
import { nearestName } from './nearest-name.ts';
import { CENSORED } from './secret-names.ts';

export interface LoadConfigOptions<Schema extends z.ZodType> {
  /** A z.object; nested objects are sections. Defaults belong to the schema. */
  readonly schema: Schema;
  /** YAML or JSON; must exist. */
  readonly file?: string | undefined;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** By dotted path (`nodes.port`) or in one camel-cased word (`nodesPort`); undefined is not given. */
  readonly flags?: Readonly<Record<string, unknown>>;
  /**
   * What the command line calls a setting (`--listen-port`), by dotted path: for messages and for `describe`.
   */
  readonly flagNames?: Readonly<Record<string, string>>;
  readonly envPrefix?: string;
  /** Other environment names, each with its path. If both are set, the prefixed name wins. */
  readonly aliases?: Readonly<Record<string, string>>;
  /** Names with the prefix that are not settings (`MESH_CONFIG`). */
  readonly ignoreEnv?: readonly string[];
  /** Checks across settings, called with a configuration that the schema has accepted. */
  readonly check?: (config: z.output<Schema>) => readonly ConfigIssue[];
}

export type ConfigSource =
  | { readonly kind: 'flag'; readonly name: string }
  | { readonly kind: 'env'; readonly name: string }
  | { readonly kind: 'file'; readonly at: string }
  | { readonly kind: 'default' };

export interface DescribedSetting {
  readonly path: string;
  /** The value in force, or `[secret]`; undefined when not set. */
  readonly value: unknown;
  readonly source: ConfigSource;
}

export interface LoadedConfig<Config> {
  readonly config: Config;
  /** For `configtest`: every setting, in the schema's order, with secrets censored. */
  describe(): DescribedSetting[];
  /** In one line: the setting, where it was set, and what is wrong with it, for a check made later. */
  explain(issue: ConfigIssue): string;
}

/**
 * @throws HostError `config_unreadable`, `file_unsafe`, or `config_invalid` with all problems, one per line.
 *   Each names the file's line, the variable or the flag. None shows a secret's value.
 */
export function loadConfig<Schema extends z.ZodType>(
  options: LoadConfigOptions<Schema>,
): LoadedConfig<z.output<Schema>> {
  const root = describeSchema(options.schema);
  const settings = [...settingsOf(root)];
  const names = nameSettings(settings, options.envPrefix ?? 'MESH_');
  const file = options.file === undefined ? undefined : readConfigFile(options.file, root);
  const problems: string[] = [...(file?.problems ?? [])];
  const raw: Record<string, unknown> = file?.values ?? {};
  const sources = new Map<string, ConfigSource>();
  for (const setting of settings) {
    const inFile = file !== undefined && getIn(raw, setting.keys) !== undefined;
    sources.set(setting.path, inFile ? { kind: 'file', at: file.locate(setting.keys) } : { kind: 'default' });
  }

  const put = (setting: Setting, source: ConfigSource, given: unknown) => {
    const value = typeof given === 'string' ? setting.fromText(given) : given;
    sources.set(setting.path, source);
    if (value === undefined) problems.push(`${setting.path} (${sourceText(source)}): write ${setting.form}`);
    else setIn(raw, setting.keys, value);
  };
  for (const [name, setting, value] of readEnvironment(options, names, problems)) {
    put(setting, { kind: 'env', name }, value);
  }
  for (const [name, setting, value] of readFlags(options.flags ?? {}, names, problems)) {
    put(setting, { kind: 'flag', name: options.flagNames?.[setting.path] ?? name }, value);
  }

  fillSections(raw, root);
  // The schema would report a value that could not be read a second time, so it is not asked.
  if (problems.length > 0) throw invalid(problems);
  const parsed = options.schema.safeParse(raw);
  const known = { settings, sources, file, raw };
  if (!parsed.success) throw invalid(describeIssues(parsed.error.issues, known));
  const issues = options.check?.(parsed.data) ?? [];
  if (issues.length > 0) throw invalid(issues.map((issue) => describeConfigIssue(issue, known)));
  return {
    config: parsed.data,
    describe: () =>
      settings.map((setting) => {
        const value = getIn(parsed.data, setting.keys);
        return {
          path: setting.path,
          value: setting.secret && value !== undefined ? CENSORED : value,
          source: sources.get(setting.path) ?? { kind: 'default' },
        };
      }),
    explain: (issue) => describeConfigIssue(issue, known),
  };
}

/** `nodes.port` → `MESH_NODES_PORT`, `policy.maxAgeMs` → `MESH_POLICY_MAX_AGE_MS`. */
export function envNameOf(path: string, envPrefix = 'MESH_'): string {
  const words = path.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2').replaceAll(/([A-Z])([A-Z][a-z])/g, '$1_$2');
  return envPrefix + words.replaceAll('.', '_').toUpperCase();
}

interface SettingNames {
  readonly byEnv: ReadonlyMap<string, Setting>;
  readonly byFlag: ReadonlyMap<string, Setting>;
  readonly byPath: ReadonlyMap<string, Setting>;
}

function nameSettings(settings: readonly Setting[], envPrefix: string): SettingNames {
  const byEnv = new Map<string, Setting>();
  const byFlag = new Map<string, Setting>();
  const byPath = new Map<string, Setting>();
  for (const setting of settings) {
    const env = envNameOf(setting.path, envPrefix);
    const clash = byEnv.get(env);
    if (clash !== undefined) {
      throw new HostError(
        'invalid_argument',
        `${clash.path} and ${setting.path} would both be ${env}: rename one`,
      );
    }
    byEnv.set(env, setting);
    byPath.set(setting.path, setting);
    byFlag.set(setting.path, setting);
    byFlag.set(camelCase(setting.keys), setting);
  }
  return { byEnv, byFlag, byPath };
}

function camelCase(keys: readonly string[]): string {
  return keys.join('_').replaceAll(/_+([A-Za-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/**
 * Whether Kubernetes set the variable. For a service whose name starts with the prefix, it puts variables
 * into every pod: MESH_CONTROLLER_PORT= tcp://…, MESH_CONTROLLER_SERVICE_HOST=…. These configure nothing.
 */
function isServiceLink(name: string, value: string): boolean {
  if (/_SERVICE_(HOST|PORT)(_[A-Z0-9_]+)?$|_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$/.test(name))
    return true;
  return name.endsWith('_PORT') && /^(tcp|udp|sctp):\/\//.test(value);
}

function* readEnvironment(
  options: LoadConfigOptions<z.ZodType>,
  names: SettingNames,
  problems: string[],
): Generator<[string, Setting, string]> {
  const env = options.env ?? {};
  const prefix = options.envPrefix ?? 'MESH_';
  for (const [name, path] of Object.entries(options.aliases ?? {})) {
    const setting = names.byPath.get(path);
    if (setting === undefined)
      throw new HostError('invalid_argument', `alias ${name} points at ${path}, which does not exist`);
    const value = env[name];
    if (value !== undefined && value !== '') yield [name, setting, value];
  }
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined || value === '' || !name.startsWith(prefix)) continue;
    const setting = names.byEnv.get(name);
    if (setting !== undefined) yield [name, setting, value];
    else if (
      !(options.ignoreEnv ?? []).includes(name) &&
      !(name in (options.aliases ?? {})) &&
      !isServiceLink(name, value)
    ) {
      const nearest = nearestName(name, names.byEnv.keys());
      problems.push(
        `unknown environment variable ${name}${nearest === undefined ? ': unset it' : `: did you mean ${nearest}?`}`,
      );
    }
  }
}

function* readFlags(
  flags: Readonly<Record<string, unknown>>,
  names: SettingNames,
  problems: string[],
): Generator<[string, Setting, unknown]> {
  for (const [name, value] of Object.entries(flags)) {
    if (value === undefined) continue;
    const setting = names.byFlag.get(name);
    if (setting === undefined) problems.push(`flag: ${unknownName(name, name, names.byPath.keys())}`);
    else yield [name, setting, value];
  }
}

/** Adds the required sections that are missing, so that the schema's defaults inside them apply. */
function fillSections(target: Record<string, unknown>, node: ConfigNode): void {
  if (node.kind === 'setting') return;
  for (const [key, child] of node.children) {
    if (child.kind === 'setting') continue;
    if (target[key] === undefined && child.required) target[key] = {};
    const section = target[key];
    if (isRecord(section)) fillSections(section, child);
  }
}

function setIn(target: Record<string, unknown>, keys: readonly string[], value: unknown): void {
  let section = target;
  for (const [index, key] of keys.entries()) {
    if (index === keys.length - 1) section[key] = value;
    else {
      const next = section[key];
      const child: Record<string, unknown> = isRecord(next) ? next : {};
      section[key] = child;
      section = child;
    }
  }
}
