// Reads the join token from a file that only its owner may read, or from standard input. It never comes from
// argv, which every process on the host can read.

import { HostError, readSecretFile } from '@mesh/host';
import { AgentError } from '../errors/agent-error.ts';

const MAX_CHARACTERS = 4_096;

/**
 * @param from a path, or `-` for standard input.
 * @throws AgentError `usage`; HostError `file_unsafe`, `file_io`
 */
export async function readToken(from: string, stdin: AsyncIterable<Buffer | string>): Promise<string> {
  const text = from === '-' ? await readAll(stdin) : readTokenFile(from);
  const token = text.trim();
  if (token === '')
    throw new AgentError('usage', 'the join token is empty: paste what meshctl tokens create printed');
  return token;
}

function readTokenFile(path: string): string {
  try {
    using file = readSecretFile(path, { maxBytes: MAX_CHARACTERS });
    return file.use((bytes) => Buffer.from(bytes).toString('utf8'));
  } catch (error) {
    if (!(error instanceof HostError && error.code === 'file_missing')) throw error;
    throw new AgentError(
      'usage',
      `the token file ${path} does not exist: write what meshctl tokens create printed to it (mode 0600), or name another --token-file`,
      { cause: error },
    );
  }
}

async function readAll(stdin: AsyncIterable<Buffer | string>): Promise<string> {
  let text = '';
  for await (const chunk of stdin) {
    text += chunk.toString();
    if (text.length > MAX_CHARACTERS)
      throw new AgentError('usage', 'standard input is no join token: it is too long');
  }
  return text;
}
