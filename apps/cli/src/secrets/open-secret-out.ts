// Opens a new file for a secret before the secret is made, so that a secret that cannot be stored is never
// made.

import { errorCodeOf, storageAdvice } from '@mesh/host';
import { CliError } from '../errors/cli-error.ts';
import type { Ports, SecretFile } from '../ports/ports.ts';

export function openSecretOut(path: string, ports: Ports): SecretFile {
  try {
    return ports.createSecretFile(path);
  } catch (error) {
    const code = errorCodeOf(error) ?? 'unknown';
    if (code === 'EEXIST')
      throw new CliError('usage', `${path} is there already and is left alone: name a new file with --out`, {
        cause: error,
      });
    throw new CliError('usage', `${path} cannot be made (${code}): ${storageAdvice(path, code)}`, {
      cause: error,
    });
  }
}

/** The error for a secret that could not be stored. */
export function explainUnsaved(what: string, path: string, error: unknown): CliError {
  const code = errorCodeOf(error) ?? 'unknown';
  return new CliError(
    'usage',
    `${what} could not be written to ${path} (${code}), and no file is left: ${storageAdvice(path, code)}, then run this again`,
    { cause: error },
  );
}
