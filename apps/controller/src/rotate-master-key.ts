// `mesh-controller rotate-master-key`: a new master key for the database of a controller that is not running.

import type { Clock } from '@mesh/host';
import { ControllerError } from './errors/controller-error.ts';
import { lockDataDir } from './lock-data-dir.ts';
import type { ControllerConfig } from './settings/config.ts';
import { rotateMasterKey, settleRotation } from './store/master-key-rotation.ts';
import { openDatabase } from './store/open-store.ts';

export interface Rotated {
  readonly masterKeyFile: string;
  /** `resumed`: an earlier run had sealed everything, and this one put its key in place. */
  readonly outcome: 'rotated' | 'resumed';
  /** How many values this run has sealed again. */
  readonly resealed: number;
}

/**
 * @throws ControllerError `already_running` while a controller runs, `usage` if the key is not in a file;
 *   HostError
 */
export function rotateMasterKeyOf(config: ControllerConfig, clock: Pick<Clock, 'nowMs'>): Rotated {
  if (config.master_key_env !== undefined)
    throw new ControllerError(
      'usage',
      `the master key is in the variable ${config.master_key_env}, which this cannot change: write it to a file, remove master_key_env, rotate, and set the variable to the new one`,
    );
  using _lock = lockDataDir(
    config,
    'the master key is rotated while the controller is down, which takes seconds',
  );
  const db = openDatabase(config);
  try {
    const masterKeyFile = config.master_key_file;
    if (settleRotation(db, config) === 'finished') return { masterKeyFile, outcome: 'resumed', resealed: 0 };
    return {
      masterKeyFile,
      outcome: 'rotated',
      resealed: rotateMasterKey(db, config, Math.floor(clock.nowMs())),
    };
  } finally {
    db.close();
  }
}
