// What `mesh-controller init` says: what there is now, and the next commands to type.

import type { FirstAdminKey, NameTaken } from './first-admin-key.ts';
import { controllerUrl } from './http/listeners/controller-url.ts';
import type { Initialised } from './init.ts';
import { type ControllerConfig, DEFAULT_DATA_DIR } from './settings/config.ts';
import { pathsOf } from './settings/paths.ts';

/** @param configFile undefined if the settings are in flags and environment */
export function describeInitialised(
  made: Initialised,
  adminKey: FirstAdminKey | NameTaken | undefined,
  config: ControllerConfig,
  configFile: string | undefined,
): string {
  return [
    `database    ${made.database}`,
    `master key  ${made.masterKeyFile}${made.masterKeyCreated ? ' (new: keep a copy away from the database)' : ''}`,
    ...(adminKey === undefined ? [] : [`admin key   ${describeKey(adminKey)}`]),
    `CA pin      ${made.caPin}`,
    `next        mesh-controller serve${configFile === undefined ? '' : ` --config ${configFile}`}`,
    `then        meshctl ${doorFlags(made.caPin, adminKey, config)}tokens create --node node-a --out node-a.token`,
  ].join('\n');
}

function describeKey(key: FirstAdminKey | NameTaken): string {
  if (key.keyId === null)
    return `none: ${key.file} is another one; move it away and run init again, or use meshctl keys create`;
  const { file, expiresAt, created } = key;
  return `${file} (${created ? 'new: ' : ''}an operator's, until ${expiresAt})`;
}

/** Over the network with the first key, if the port is known before the start; otherwise at the socket. */
function doorFlags(
  caPin: string,
  adminKey: FirstAdminKey | NameTaken | undefined,
  config: ControllerConfig,
): string {
  if (adminKey !== undefined && adminKey.keyId !== null && config.public.port !== 0) {
    const url = controllerUrl(config.public_names[0], config.public.port);
    return `--controller ${url} --ca-pin ${caPin} --key-file ${adminKey.file} `;
  }
  return config.data_dir === DEFAULT_DATA_DIR ? '' : `--socket ${pathsOf(config).socket} `;
}
