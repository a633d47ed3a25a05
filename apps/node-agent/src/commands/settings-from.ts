// Loads the settings from the flags that every command has.

import { type AgentSettings, loadSettings } from '../settings/agent-settings.ts';

export interface CommonFlags {
  readonly stateDir?: string;
  readonly config?: string;
}

export function settingsFrom(
  flags: CommonFlags,
  env: Readonly<Record<string, string | undefined>>,
  others: Readonly<Record<string, unknown>> = {},
): AgentSettings {
  return loadSettings({ file: flags.config, env, flags: { state_dir: flags.stateDir, ...others } });
}
