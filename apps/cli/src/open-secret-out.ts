// A new file for a secret, made before the secret is: what cannot be kept is never made.

import { CliError } from './cli-error.ts';
import type { Ports, SecretFile } from './ports.ts';

export function openSecretOut(path: string, ports: Ports): SecretFile {
  try {
    return ports.createSecretFile(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    if (code === 'EEXIST')
      throw new CliError('usage', `${path} is there already and is left alone: name a new file with --out`);
    throw new CliError('usage', `${path} cannot be made (${code}): name another file with --out`, {
      cause: error,
    });
  }
}
