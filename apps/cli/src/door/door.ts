// The controller that a command is for, and the door to it: the unix socket on the controller's machine, or
// the public listener over the network. Flags come first, then the profile, then the environment.

import { defined } from '@mesh/primitives';
import { CliError } from '../errors/cli-error.ts';
import type { Door, NetworkDoor, Ports } from '../ports/ports.ts';
import { type Profile, readProfile } from './profiles.ts';

export const DEFAULT_SOCKET = '/var/lib/aligned-mesh/admin.sock';

export interface DoorFlags {
  readonly socket?: string;
  readonly controller?: string;
  readonly caPin?: readonly string[];
  readonly keyFile?: string;
  readonly certFile?: string;
  readonly certKeyFile?: string;
  readonly profile?: string;
}

/** @throws CliError `usage` if the flags or the profile do not name one door */
export function doorOf(flags: DoorFlags, ports: Pick<Ports, 'env' | 'readTextFile'>): Door {
  const remote: Profile = {
    ...(flags.profile === undefined ? {} : readProfile(flags.profile, ports)),
    ...defined({
      controller: flags.controller,
      caPins: flags.caPin,
      keyFile: flags.keyFile,
      certFile: flags.certFile,
      certKeyFile: flags.certKeyFile,
    }),
  };
  if (Object.keys(remote).length === 0)
    return { kind: 'socket', path: flags.socket || ports.env.MESH_SOCKET || DEFAULT_SOCKET };
  if (flags.socket !== undefined)
    throw new CliError(
      'usage',
      '--socket is for the controller of this machine: leave it out, or the flags of the network',
    );
  return networkDoor(remote);
}

function networkDoor({ controller, caPins = [], keyFile, certFile, certKeyFile }: Profile): NetworkDoor {
  if (controller === undefined)
    throw new CliError('usage', 'the address is missing: name it with --controller https://HOST:8444');
  if (caPins.length === 0)
    throw new CliError(
      'usage',
      'the pin of the CA is missing: name it with --ca-pin; mesh-controller init prints it, and is safe to repeat',
    );
  for (const pin of caPins)
    if (!/^[A-Za-z0-9_-]{43}$/.test(pin))
      throw new CliError(
        'usage',
        '--ca-pin: a pin has 43 characters of base64url; mesh-controller init prints it',
      );
  return { kind: 'network', url: originOf(controller), caPins, credentials: credentialsOf() };

  function credentialsOf(): NetworkDoor['credentials'] {
    if (keyFile !== undefined) return { kind: 'key', keyFile };
    if (certFile !== undefined && certKeyFile !== undefined)
      return { kind: 'certificate', certFile, keyFile: certKeyFile };
    throw new CliError(
      'usage',
      'the credentials are missing: name the file of an API key with --key-file, or a certificate with --cert-file and --cert-key-file',
    );
  }
}

function originOf(text: string): string {
  const url = URL.parse(text);
  if (url === null || url.protocol !== 'https:' || `${url.origin}/` !== url.href)
    throw new CliError(
      'usage',
      '--controller: write https://HOST:PORT of the public listener, with nothing after it',
    );
  return url.origin;
}

/** What the messages about a failed connection call the door. */
export const nameOf = (door: Door): string => (door.kind === 'socket' ? door.path : door.url);
