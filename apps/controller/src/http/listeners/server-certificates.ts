// The certificates of a TLS listener. Nodes and meshctl get one with an Ed25519 key, as all of this mesh's
// have. Browsers take no Ed25519 in TLS, so a listener that serves them has a second one: the operator's own,
// or one of the mesh's CA for a P-256 key, of which browsers warn.

import { readFileSync } from 'node:fs';
import type { SecureContextOptions } from 'node:tls';
import { ControllerError } from '../../errors/controller-error.ts';
import type { MeshAuthority } from '../../trust/mesh-authority.ts';

export const SERVER_CERTIFICATE_MS = 30 * 86_400_000;

/** `files`: PEM of a chain and of its key, which somebody else may replace while the listener runs. */
export type BrowserCertificate =
  | { readonly kind: 'own' }
  | { readonly kind: 'files'; readonly certificateFile: string; readonly keyFile: string };

/**
 * The server prefers them in this order: a client that accepts Ed25519 gets it, whatever else it accepts. The
 * others are what certificates of administrators may have, and browsers offer.
 */
const SIGNATURES = [
  'ed25519',
  'ecdsa_secp256r1_sha256',
  'ecdsa_secp384r1_sha384',
  'ecdsa_secp521r1_sha512',
  ...['sha256', 'sha384', 'sha512'].flatMap((hash) =>
    ['rsa_pss_rsae', 'rsa_pss_pss', 'rsa_pkcs1'].map((kind) => `${kind}_${hash}`),
  ),
].join(':');

/** @throws ControllerError `usage` if the files cannot be read */
export async function serverCertificates(
  authority: MeshAuthority,
  names: readonly string[],
  nowMs: number,
  browsers: BrowserCertificate | undefined,
): Promise<Pick<SecureContextOptions, 'cert' | 'key' | 'sigalgs'>> {
  const issue = (kind: 'ed25519' | 'p256') =>
    authority.issueServer(names, nowMs, SERVER_CERTIFICATE_MS, kind);
  const { pem, keyPem } = await issue('ed25519');
  const chain = pem + authority.certificatePem;
  if (browsers === undefined) return { cert: chain, key: keyPem };
  if (browsers.kind === 'files') {
    const [cert, key] = [readPem(browsers.certificateFile), readPem(browsers.keyFile)];
    return { cert: [chain, cert], key: [keyPem, key], sigalgs: SIGNATURES };
  }
  const second = await issue('p256');
  return {
    cert: [chain, second.pem + authority.certificatePem],
    key: [keyPem, second.keyPem],
    sigalgs: SIGNATURES,
  };
}

function readPem(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new ControllerError(
      'usage',
      `${path} cannot be read (${(error as NodeJS.ErrnoException).code}): put the certificate for browsers there, or leave dashboard.certificate_file out`,
    );
  }
}
