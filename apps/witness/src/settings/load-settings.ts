// Reads the witness's settings from flags, environment and file. If one of them is wrong, all are refused,
// and the error names the place of each problem.

import { type LoadedConfig, loadConfig } from '@mesh/host';
import { type WitnessConfig, witnessConfig } from './config.ts';

export interface SettingsInput {
  readonly file: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** By the names that commander makes of them. */
  readonly flags: Readonly<Record<string, unknown>>;
}

/** Each flag that is a setting, with the setting. */
const FLAGS = {
  name: 'name',
  dataDir: 'data_dir',
  port: 'listen.port',
  logLevel: 'log_level',
} as const;

/** @throws HostError `config_unreadable`, `config_invalid` with every problem and its place */
export function loadSettings({ file, env, flags }: SettingsInput): LoadedConfig<WitnessConfig> {
  const given = Object.entries(FLAGS).map(([flag, setting]) => [setting, flags[flag]] as const);
  return loadConfig({
    schema: witnessConfig,
    file: file ?? (env.MESH_WITNESS_CONFIG || undefined),
    env,
    envPrefix: 'MESH_WITNESS_',
    ignoreEnv: ['MESH_WITNESS_CONFIG'],
    flags: Object.fromEntries(given),
    flagNames: { name: '--name', data_dir: '--data-dir', 'listen.port': '--port', log_level: '--log-level' },
  });
}
