// Reads files that a setting names. What is wrong with one is said with the name of the setting.

import { readFileSync } from 'node:fs';
import { errorCodeOf, HostError, pemCertificates, readSecretFile } from '@mesh/host';
import { ControllerError } from '../errors/controller-error.ts';

const MAX_SECRET_BYTES = 4_096;

/**
 * @param setting how an operator finds it, such as `dashboard.oidc: client_secret_file`
 * @throws ControllerError `usage` for a file that cannot be read, or that others may read
 */
export const readNamedSecret = (setting: string, path: string): string =>
  explained(`${setting} ${path}`, () => {
    const bytes = readSecretFile(path, { maxBytes: MAX_SECRET_BYTES });
    try {
      return bytes.use((content) => new TextDecoder().decode(content));
    } finally {
      bytes.dispose();
    }
  });

/**
 * @returns PEM
 * @throws ControllerError `usage` for a file that cannot be read or holds no certificate
 */
export const readNamedCa = (setting: string, path: string): string =>
  explained(`${setting} ${path}`, () => {
    const blocks = pemCertificates(readFileSync(path, 'latin1'));
    if (blocks.length === 0) throw new Error('holds no PEM certificate: name the file of the CA');
    return blocks.join('\n');
  });

/** @throws ControllerError `usage` with `what` before the message, in the place of any other error */
export function explained<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof ControllerError) throw error;
    const code = error instanceof HostError ? undefined : errorCodeOf(error);
    const why = code === undefined ? (error as Error).message : `cannot be read (${code}): check its path`;
    throw new ControllerError('usage', `${what}: ${why}`, { cause: error });
  }
}
