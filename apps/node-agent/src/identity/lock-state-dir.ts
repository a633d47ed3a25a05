// Locks a state directory, so that no second agent uses it while the first one runs.

import { acquireProcessLock, HostError, type ProcessLock } from '@mesh/host';
import { AgentError } from '../errors/agent-error.ts';
import type { StateDir } from './state-dir.ts';

/**
 * Locks the directory. The lock ends with this process, if it is not released earlier.
 *
 * @throws AgentError `already_running`
 */
export function lockStateDir(dir: StateDir): ProcessLock {
  try {
    return acquireProcessLock(dir.lock);
  } catch (error) {
    if (error instanceof HostError && error.code === 'locked') {
      throw new AgentError('already_running', error.message, { cause: error });
    }
    throw error;
  }
}
