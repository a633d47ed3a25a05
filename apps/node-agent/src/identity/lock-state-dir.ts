// Keeps a second agent out of a state directory for as long as the first one lives.

import { acquireProcessLock, HostError, type ProcessLock } from '@mesh/host';
import { AgentError } from '../errors/agent-error.ts';
import type { StateDir } from './state-dir.ts';

/** Only one agent can hold the lock of a state directory. @throws AgentError `already_running` */
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
