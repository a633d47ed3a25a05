import { AgentError } from '../errors/agent-error.ts';

/** @throws AgentError `usage` that names the setting, if it is not set */
export function needed<T>(value: T | undefined, setting: string): T {
  if (value === undefined) throw new AgentError('usage', `what is measured needs ${setting}: set it`);
  return value;
}
