// The CA of the people who administer the mesh, if the operator has one. It is another CA than the mesh's
// own, which gives certificates to nodes: neither gives what the other gives.

import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { errorCodeOf, pemCertificates, spkiPin } from '@mesh/host';
import { ControllerError } from '../errors/controller-error.ts';

/**
 * Reads the CA certificates of `admin_ca_file`.
 *
 * @returns PEM
 * @throws ControllerError `usage`: the file cannot be read, or holds something else than CA certificates
 */
export function readAdminAuthority(path: string): string {
  const blocks = pemCertificates(readText(path));
  if (blocks.length === 0) throw refuse(path, 'holds no PEM certificate');
  for (const block of blocks) {
    if (!parse(path, block).ca) throw refuse(path, 'holds a certificate that is not of a CA');
  }
  return `${blocks.join('\n')}\n`;
}

/**
 * The same for a mesh whose own CAs are known.
 *
 * @throws ControllerError `usage` also if the file holds one of them
 */
export function readForeignAuthority(path: string, meshCaPem: string): string {
  const pem = readAdminAuthority(path);
  const own = pemCertificates(meshCaPem).map(spkiPin);
  if (pemCertificates(pem).some((block) => own.includes(spkiPin(block))))
    throw refuse(path, "holds the mesh's own CA, which would let every node administer the mesh");
  return pem;
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    throw refuse(path, `cannot be read (${errorCodeOf(error) ?? 'unknown'})`, error);
  }
}

function parse(path: string, block: string): X509Certificate {
  try {
    return new X509Certificate(block);
  } catch (error) {
    throw refuse(path, 'holds a certificate that cannot be parsed', error);
  }
}

function refuse(path: string, why: string, cause?: unknown): ControllerError {
  return new ControllerError(
    'usage',
    `admin_ca_file ${path} ${why}: name the file with the certificate of the CA that issues certificates to administrators, or leave the setting out`,
    { cause },
  );
}
