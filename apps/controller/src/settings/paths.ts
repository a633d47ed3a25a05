// Where a controller's files are.

import { join } from 'node:path';
import type { ControllerConfig } from './config.ts';

export const pathsOf = (config: Pick<ControllerConfig, 'data_dir'>) => ({
  database: join(config.data_dir, 'controller.db'),
  lock: join(config.data_dir, 'controller.lock'),
  status: join(config.data_dir, 'status.json'),
  sealedStatus: join(config.data_dir, 'status.sealed'),
  /** A backup that waits to be fetched, sealed, and the copy that it is made from, for a while. */
  backup: join(config.data_dir, 'backup.sealed'),
  backupCopy: join(config.data_dir, 'backup.db'),
  socket: join(config.data_dir, 'admin.sock'),
});
