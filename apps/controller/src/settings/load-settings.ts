// Reads the controller's settings from flags, environment and file. If one of them is wrong, all are refused,
// and the error names the place of each problem.

import { type LoadedConfig, loadConfig } from '@mesh/host';
import { checkConfig } from './check-config.ts';
import type { HostInterfaces } from './check-networks.ts';
import { type ControllerConfig, controllerConfig, environmentAliases } from './config.ts';

export interface SettingsInput {
  readonly file: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The flags, by the names that commander makes of them. */
  readonly flags: Readonly<Record<string, unknown>>;
  /** The interfaces of this host; undefined if they cannot be read. */
  readonly interfaces: HostInterfaces | undefined;
}

/** @throws HostError `config_unreadable`, `config_invalid` with every problem and its place */
export function loadSettings({
  file,
  env,
  flags,
  interfaces,
}: SettingsInput): LoadedConfig<ControllerConfig> {
  return loadConfig({
    schema: controllerConfig,
    file: file ?? env.MESH_CONFIG,
    env: ownEnvironment(env),
    envPrefix: 'MESH_',
    aliases: environmentAliases,
    ignoreEnv: ['MESH_CONFIG'],
    flags: toSettings(flags),
    flagNames: flagNames(flags),
    check: (config) => checkConfig(config, interfaces),
  });
}

/** For meshctl; the master key or the PIN of a token, where master_key_env or pin_env name it so. */
const IGNORED = new Set(['MESH_SOCKET', 'MESH_MASTER_KEY', 'MESH_TOKEN_PIN']);

/** The environment without the variables of other programs on this host, and without secrets. */
function ownEnvironment(env: SettingsInput['env']): SettingsInput['env'] {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !/^MESH_(AGENT|WITNESS)_/.test(name) && !IGNORED.has(name)),
  );
}

const SETTINGS: Readonly<Record<string, string>> = {
  nodesPort: 'nodes.port',
  publicPort: 'public.port',
  name: 'public_names',
};

const words = (flag: string, between: string): string =>
  flag.replace(/[A-Z]/g, (letter) => `${between}${letter.toLowerCase()}`);

/** Turns commander's camel case into the setting's name. */
const settingOf = (flag: string): string => SETTINGS[flag] ?? words(flag, '_');

function toSettings(flags: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(flags).map(([flag, value]) => [settingOf(flag), value]));
}

/** Each setting's flag as it is written on the command line. */
function flagNames(flags: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(Object.keys(flags).map((flag) => [settingOf(flag), `--${words(flag, '-')}`]));
}
