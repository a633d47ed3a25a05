// Reads the credentials for the network door from their files.

import { errorCodeOf, HostError } from '@mesh/host';
import { AdminKeyError, parseAdminKey } from '@mesh/protocol';
import { CliError } from '../errors/cli-error.ts';
import type { Credentials, NetworkDoor, Ports } from '../ports/ports.ts';

/** @throws CliError `usage` */
export function readCredentials({ credentials }: NetworkDoor, ports: Ports): Credentials {
  if (credentials.kind === 'key')
    return { headers: { authorization: `Bearer ${readKey(credentials.keyFile, ports)}` } };
  const { certFile, keyFile } = credentials;
  return {
    headers: {},
    certificate: { cert: readCertificate(certFile, ports), key: readSecretText(keyFile, ports) },
  };
}

/** Headers are strings, so the key becomes one, which cannot be zeroed. */
function readKey(path: string, ports: Ports): string {
  const text = readSecretText(path, ports).trim();
  try {
    parseAdminKey(text);
    return text;
  } catch (error) {
    if (!(error instanceof AdminKeyError)) throw error;
    throw new CliError('usage', `${path} holds no API key: ${error.message}`, { cause: error });
  }
}

function readSecretText(path: string, ports: Ports): string {
  try {
    const file = ports.readSecretFile(path);
    try {
      return file.use((bytes) => Buffer.from(bytes).toString('latin1'));
    } finally {
      file.dispose();
    }
  } catch (error) {
    if (error instanceof HostError) throw new CliError('usage', error.message, { cause: error });
    throw error;
  }
}

function readCertificate(path: string, ports: Ports): string {
  try {
    return ports.readTextFile(path);
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw new CliError(
      'usage',
      `${path} cannot be read (${errorCodeOf(error) ?? 'unknown'}): name a certificate in PEM with --cert-file`,
      {
        cause: error,
      },
    );
  }
}
