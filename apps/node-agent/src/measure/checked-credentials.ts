// Reads credentials once at the start, so that a wrong path is reported there.

import { AgentError, messageOf } from '../errors/agent-error.ts';
import { credentialsIn, type ReadCredentials } from './sources/credentials.ts';

/**
 * @throws AgentError `usage` if a file cannot be read or a key is invalid; its message holds no part of the
 *   key
 */
export function checkedCredentials(files: {
  api_key_file?: string | undefined;
  api_key_env?: string | undefined;
  ca_file?: string | undefined;
}): ReadCredentials {
  if (files.api_key_file !== undefined && files.api_key_env !== undefined)
    throw new AgentError('usage', 'api_key_file and api_key_env are set: leave one out');
  const read = credentialsIn({
    apiKeyFile: files.api_key_file,
    apiKeyEnv: files.api_key_env,
    caFile: files.ca_file,
  });
  try {
    read();
  } catch (error) {
    throw new AgentError('usage', messageOf(error), { cause: error });
  }
  return read;
}
