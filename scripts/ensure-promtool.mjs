// Makes sure that tests have Prometheus's promtool here, which checks alert rules: Debian's, unpacked into a
// cache folder. Nothing in the system or the checkout changes. No dependencies; Node 20 or newer.
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { unpackDebianPackages } from './lib/unpack-debian-packages.mjs';

/**
 * @param {{ env?: NodeJS.ProcessEnv, log?: (line: string) => void }} [options]
 * @returns {{ promtool: string, failure?: undefined } | { failure: string }}
 */
export function ensurePromtool({ env = process.env, log = () => undefined } = {}) {
  const installed = (env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'promtool'))
    .find(existsSync);
  if (installed !== undefined) return { promtool: installed };
  const unpacked = unpackDebianPackages({ packages: ['prometheus'], env, log });
  if (unpacked.failure !== undefined) return { failure: unpacked.failure };
  const promtool = join(unpacked.folder, 'usr/bin/promtool');
  return existsSync(promtool) ? { promtool } : { failure: `${unpacked.folder} has no promtool` };
}
