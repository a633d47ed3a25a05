// Profiles: named sets of the flags for administration over the network, in a JSON file of the user. It holds
// paths of secrets and no secrets.
//
// { "prod": { "controller": "https://mesh.example.org:8444", "ca_pins": ["…"], "key_file": "prod.key" } }

import { dirname, join, resolve } from 'node:path';
import { errorCodeOf } from '@mesh/host';
import { PrimitivesError, parseStrictJson } from '@mesh/primitives';
import { CliError } from '../errors/cli-error.ts';
import type { Ports } from '../ports/ports.ts';

export interface Profile {
  readonly controller?: string;
  readonly caPins?: readonly string[];
  readonly keyFile?: string;
  readonly certFile?: string;
  readonly certKeyFile?: string;
}

const FIELDS = {
  controller: 'controller',
  ca_pins: 'caPins',
  key_file: 'keyFile',
  cert_file: 'certFile',
  cert_key_file: 'certKeyFile',
} as const satisfies Record<string, keyof Profile>;

const FILES: readonly string[] = ['key_file', 'cert_file', 'cert_key_file'];

export function profilesPath(env: Ports['env']): string {
  return join(env.XDG_CONFIG_HOME || join(env.HOME || '.', '.config'), 'aligned-mesh', 'profiles.json');
}

/**
 * Reads one profile. Its files are named relative to the folder of the profiles.
 *
 * @throws CliError `usage`
 */
export function readProfile(name: string, ports: Pick<Ports, 'env' | 'readTextFile'>): Profile {
  const path = profilesPath(ports.env);
  const profiles = readObject(path, ports);
  const profile = Object.hasOwn(profiles, name) ? profiles[name] : undefined;
  if (profile === undefined)
    throw new CliError(
      'usage',
      `${path} has no profile ${name}, but: ${Object.keys(profiles).join(', ') || 'none'}`,
    );
  if (!isObject(profile)) throw new CliError('usage', `${path}: ${name} must be an object`);
  return Object.fromEntries(
    Object.entries(profile).map(([field, value]) =>
      readField(`${path}: ${name}.${field}`, field, value, dirname(path)),
    ),
  );
}

function readField(where: string, field: string, value: unknown, folder: string): [keyof Profile, unknown] {
  if (!Object.hasOwn(FIELDS, field))
    throw new CliError('usage', `${where} is unknown: the fields are ${Object.keys(FIELDS).join(', ')}`);
  const name = FIELDS[field as keyof typeof FIELDS];
  if (name === 'caPins') {
    if (!Array.isArray(value) || !value.every((pin) => typeof pin === 'string'))
      throw new CliError('usage', `${where} must be a list of pins`);
    return [name, value];
  }
  if (typeof value !== 'string' || value === '') throw new CliError('usage', `${where} must be a text`);
  return [name, FILES.includes(field) ? resolve(folder, value) : value];
}

function readObject(path: string, ports: Pick<Ports, 'readTextFile'>): Readonly<Record<string, unknown>> {
  let text: string;
  try {
    text = ports.readTextFile(path);
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw new CliError(
      'usage',
      `${path} cannot be read (${errorCodeOf(error) ?? 'unknown'}): write it as { "NAME": { "controller": "https://HOST:8444", "ca_pins": ["PIN"], "key_file": "FILE" } }`,
      { cause: error },
    );
  }
  try {
    const value = parseStrictJson(text);
    if (isObject(value)) return value;
  } catch (error) {
    if (!(error instanceof PrimitivesError)) throw error;
    throw new CliError('usage', `${path} is not JSON: ${error.message}`, { cause: error });
  }
  throw new CliError('usage', `${path} must be an object of profiles`);
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
