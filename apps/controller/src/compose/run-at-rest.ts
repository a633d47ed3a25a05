// Runs one command on the mesh of a controller that is down.

import { randomBytes } from 'node:crypto';
import { type Clock, closeAll } from '@mesh/host';
import type { Command } from '@mesh/membership';
import { type ControllerConfig, configuredPolicyOf } from '../settings/config.ts';
import { openDatabase } from '../store/open-store.ts';
import { openStorage } from './open-storage.ts';
import type { Opened } from './platform.ts';

/**
 * Resolves once the command's events and their log entries are on disk. Holds the data directory meanwhile.
 *
 * @throws HostError `locked` while a controller runs; ControllerError `usage`; ProblemError if the command
 *   refuses
 */
export async function runAtRest(config: ControllerConfig, clock: Clock, command: Command): Promise<void> {
  const opened: Opened = [];
  try {
    const configured = configuredPolicyOf(config);
    // Whatever breaks the journal also rejects the command.
    const platform = { config, configured, clock, randomBytes, onFatal: () => undefined };
    const { journal } = await openStorage(platform, openDatabase, opened);
    opened.push(() => journal.close());
    await journal.run(command);
  } finally {
    await closeAll(opened);
  }
}
