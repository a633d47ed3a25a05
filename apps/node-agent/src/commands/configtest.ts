// `mesh-agent configtest`: checks the settings and the files that they name, and shows where each value comes
// from.

import { renderSettings } from '@mesh/host';
import { openSourceAsFound } from '../compose/source-as-found.ts';
import { readSettings } from '../settings/agent-settings.ts';
import type { CommandIo } from './down.ts';
import type { CommonFlags } from './settings-from.ts';

export interface ConfigtestFlags extends CommonFlags {
  readonly json?: boolean;
}

/** @throws HostError `config_unreadable`, `config_invalid`; AgentError `usage` for what the source lacks */
export function runConfigtest(flags: ConfigtestFlags, io: CommandIo): void {
  const loaded = readSettings({ file: flags.config, env: io.env, flags: { state_dir: flags.stateDir } });
  openSourceAsFound(loaded.config);
  const settings = loaded.describe();
  io.write(flags.json === true ? `${JSON.stringify(settings)}\n` : renderSettings(settings));
}
