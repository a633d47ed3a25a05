// The lock of the data directory, for commands that change the database while no controller runs.

import { acquireProcessLock, HostError, type ProcessLock } from '@mesh/host';
import { ControllerError } from './errors/controller-error.ts';
import type { ControllerConfig } from './settings/config.ts';
import { pathsOf } from './settings/paths.ts';

/**
 * @param why the end of the message: when the command is to be run
 * @throws ControllerError `already_running` while a controller runs
 */
export function lockDataDir(config: ControllerConfig, why: string): ProcessLock {
  try {
    return acquireProcessLock(pathsOf(config).lock);
  } catch (error) {
    if (!(error instanceof HostError && error.code === 'locked')) throw error;
    throw new ControllerError('already_running', `${error.message}; ${why}`, { cause: error });
  }
}
