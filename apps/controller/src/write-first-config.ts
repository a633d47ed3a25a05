// Writes the configuration file that `mesh-controller init` was told to use, if there is none.

import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { makePrivateDirectory, writeFileAtomicSync } from '@mesh/host';
import type { HostInterfaces } from './settings/check-networks.ts';
import { chooseNetwork, choosePublicNames, renderFirstConfig } from './settings/first-config.ts';
import { loadSettings, type SettingsInput } from './settings/load-settings.ts';

/** Anybody may read it: it holds no secret. */
const MODE = 0o644;

/**
 * Flags and environment go into the file with what is decided here, so that `serve` needs only the file.
 *
 * @returns whether the file was written
 * @throws HostError `config_invalid` for what flags or environment say, `file_io`
 */
export function writeFirstConfig(file: string, input: Omit<SettingsInput, 'file'>): boolean {
  if (existsSync(file)) return false;
  const env = { ...input.env, MESH_CONFIG: undefined };
  const { config } = loadSettings({ ...input, env, file: undefined, flags: withDecisions(input) });
  makePrivateDirectory(dirname(file));
  writeFileAtomicSync(file, Buffer.from(renderFirstConfig(config)), { mode: MODE, overwrite: false });
  return true;
}

function withDecisions({ env, flags, interfaces = {} }: Omit<SettingsInput, 'file'>) {
  const isSet = (name: string) => env[name] !== undefined && env[name] !== '';
  const decided: Record<string, unknown> = {};
  if (!isSet('MESH_NETWORKS')) decided.networks = [chooseNetwork(interfaces as HostInterfaces)];
  if (!isSet('MESH_PUBLIC_NAMES')) decided.name = choosePublicNames(interfaces, hostname());
  return {
    ...decided,
    ...Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined)),
  };
}
