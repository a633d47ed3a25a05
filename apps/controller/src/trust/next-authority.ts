// Makes the CA that is to take the place of the present one. Nothing is stored here.

import { spkiPin } from '@mesh/host';
import { wipe } from '@mesh/primitives';
import { SealedFor, type Sealer } from './at-rest-sealer.ts';
import { CertificateAuthority, createAuthority } from './certificate-authority.ts';
import { caKeyName } from './stored-ca.ts';

export interface NextAuthority {
  readonly authority: CertificateAuthority;
  readonly pin: string;
  readonly certificatePem: string;
  /** The private key, sealed under the master key. */
  readonly sealedKey: Uint8Array;
}

export async function createNextAuthority(
  sealer: Sealer,
  meshId: string,
  nowMs: number,
): Promise<NextAuthority> {
  const { certificatePem, privateKeyPkcs8 } = await createAuthority(meshId, nowMs);
  try {
    const authority = await CertificateAuthority.open(certificatePem, privateKeyPkcs8);
    const pin = spkiPin(certificatePem);
    const sealedKey = sealer.seal(SealedFor.controllerKey, caKeyName(pin), privateKeyPkcs8);
    return { authority, pin, certificatePem, sealedKey };
  } finally {
    wipe(privateKeyPkcs8);
  }
}
