// Checks a mapping before anything is measured with it.

import { parseMapping } from '@mesh/harness';
import { AgentError, messageOf } from '../errors/agent-error.ts';

/** @returns the same mapping. @throws AgentError `usage` that names the setting */
export function checkMapping<T extends Readonly<Record<string, string>>>(map: T, setting: string): T {
  try {
    parseMapping(map);
  } catch (error) {
    throw new AgentError('usage', `${setting}: ${messageOf(error)}`, { cause: error });
  }
  return map;
}
