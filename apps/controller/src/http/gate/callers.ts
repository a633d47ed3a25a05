// Finds out who is at the other end of a connection: the single SPIFFE name in the client certificate, which
// TLS has verified, and the certificate's key.

import type { TLSSocket } from 'node:tls';
import { rawPublicKeyOf } from '@mesh/host';
import { encodeBase64, type IdentityKey, parseIdentityKey } from '@mesh/primitives';
import { spiffePrefix } from '../../trust/certificate-authority.ts';
import type { MeshAuthority } from '../../trust/mesh-authority.ts';

export interface Caller {
  /** The name in the certificate. There may be no record of that node. */
  readonly nodeId: string;
  /** The certificate's Ed25519 key, base64. */
  readonly identityKey: IdentityKey;
  /** When the certificate ends. A connection that is kept open can outlast it. */
  readonly notAfterMs: number;
  /** Which CA issued it. A connection that is kept open can outlast the CA. */
  readonly caPin: string;
}

export class Callers {
  readonly #prefix: string;
  readonly #authority: Pick<MeshAuthority, 'issuerOf'>;
  /** The certificate of a connection never changes, so it is read once. */
  readonly #known = new WeakMap<TLSSocket, { readonly caller: Caller | undefined }>();

  constructor(meshId: string, authority: Pick<MeshAuthority, 'issuerOf'>) {
    this.#authority = authority;
    this.#prefix = `URI:${spiffePrefix(meshId)}`;
  }

  /**
   * @returns undefined if the certificate names no node of this mesh, has more than one name, or comes from
   *   no CA that is trusted now
   */
  of(socket: TLSSocket): Caller | undefined {
    const known = this.#known.get(socket);
    if (known !== undefined) return known.caller;
    const caller = this.#read(socket);
    this.#known.set(socket, { caller });
    return caller;
  }

  #read(socket: TLSSocket): Caller | undefined {
    const certificate = socket.authorized ? socket.getPeerX509Certificate() : undefined;
    const names = certificate?.subjectAltName ?? '';
    if (certificate === undefined || !names.startsWith(this.#prefix) || names.includes(',')) return undefined;
    const caPin = this.#authority.issuerOf(certificate);
    if (caPin === undefined) return undefined;
    return {
      nodeId: names.slice(this.#prefix.length),
      identityKey: parseIdentityKey(encodeBase64(rawPublicKeyOf(certificate.publicKey))),
      notAfterMs: certificate.validToDate.getTime(),
      caPin,
    };
  }
}
