// Reads the API key for a measured service and the CA that its certificate is checked against. Both are files
// of the agent, or the key is in its environment. Files are read for each run, so that a new key needs no
// restart.

import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { errorCodeOf, readSecretFile } from '@mesh/host';
import { messageOf } from '../../errors/agent-error.ts';
import { MeasurementError } from '../result/measurement.ts';

export interface CredentialFiles {
  /** Readable by the agent only (0600). */
  readonly apiKeyFile?: string | undefined;
  /** The name of a variable of the environment that holds the key, in place of a file. */
  readonly apiKeyEnv?: string | undefined;
  /** PEM. */
  readonly caFile?: string | undefined;
}

export interface Credentials {
  readonly apiKey?: string;
  readonly caPem?: string;
}

/** @throws MeasurementError `unreadable`, `malformed`; its message holds no part of the key */
export type ReadCredentials = () => Credentials;

export function credentialsIn(
  { apiKeyFile, apiKeyEnv, caFile }: CredentialFiles,
  env: Readonly<Record<string, string | undefined>> = process.env,
): ReadCredentials {
  return () => ({
    ...(apiKeyFile === undefined ? {} : { apiKey: readApiKey(apiKeyFile) }),
    ...(apiKeyEnv === undefined
      ? {}
      : { apiKey: checkedKey((env[apiKeyEnv] ?? '').trim(), `the variable ${apiKeyEnv}`) }),
    ...(caFile === undefined ? {} : { caPem: readCa(caFile) }),
  });
}

/** The key becomes a string, because header values are strings. So it cannot be zeroed. */
function readApiKey(path: string): string {
  let key: string;
  try {
    using file = readSecretFile(path);
    key = file.use((bytes) => Buffer.from(bytes).toString('utf8').trim());
  } catch (error) {
    throw new MeasurementError('unreadable', messageOf(error), { cause: error });
  }
  return checkedKey(key, path);
}

function checkedKey(key: string, where: string): string {
  if (/^[\x21-\x7e]+$/.test(key)) return key;
  throw new MeasurementError('malformed', `${where} is to hold one API key: printable ASCII without spaces`);
}

function readCa(path: string): string {
  let pem: string;
  try {
    pem = readFileSync(path, 'utf8');
  } catch (error) {
    throw new MeasurementError(
      'unreadable',
      `${path} cannot be read (${errorCodeOf(error) ?? 'unknown'}): ca_file names certificates in PEM`,
      { cause: error },
    );
  }
  try {
    new X509Certificate(pem);
  } catch (error) {
    throw new MeasurementError(
      'malformed',
      `${path} holds no certificate: ca_file names certificates in PEM`,
      {
        cause: error,
      },
    );
  }
  return pem;
}
