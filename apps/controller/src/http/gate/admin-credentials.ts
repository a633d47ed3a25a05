// Finds out who asks at the network door of the administration: an API key, or a client certificate of the
// admin CA. It is asked on every request, because a key can end while its connection stays open.

import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { type AdminKeyFault, findAdminKeyFault, type MeshView } from '@mesh/membership';
import { sha256Hex } from '@mesh/primitives';
import { type AdminKey, type AdminKeyId, type AdminRole, parseAdminKey } from '@mesh/protocol';
import type { AdminCaller } from './admin-caller.ts';

/** Why a caller is not known. Answers do not tell these apart; the controller's log does. */
type CredentialFault = 'none' | 'malformed' | AdminKeyFault | 'certificate_ended' | 'certificate_unknown';

export type Credentials =
  | { readonly kind: 'caller'; readonly caller: AdminCaller }
  /** `keyId` is what the caller gave: there may be no such key. */
  | { readonly kind: 'fault'; readonly fault: CredentialFault; readonly keyId?: AdminKeyId };

interface Certificate {
  readonly commonName: string;
  readonly notAfterMs: number;
}

export class AdminCredentials {
  readonly #view: MeshView;
  /** By common name. */
  readonly #roles: ReadonlyMap<string, AdminRole>;
  readonly #nowMs: () => number;
  /** The certificate of a connection never changes, so it is read once. */
  readonly #certificates = new WeakMap<TLSSocket, { readonly certificate: Certificate | undefined }>();

  /** @param certificates which common names of the admin CA have which role */
  constructor(
    view: MeshView,
    certificates: readonly { readonly common_name: string; readonly role: AdminRole }[],
    nowMs: () => number,
  ) {
    this.#view = view;
    this.#roles = new Map(certificates.map(({ common_name, role }) => [common_name, role]));
    this.#nowMs = nowMs;
  }

  /** A key is looked at first. Where one is presented, the certificate does not count. */
  of(request: IncomingMessage): Credentials {
    const { authorization } = request.headers;
    return authorization === undefined
      ? this.#byCertificate(request.socket as TLSSocket)
      : this.#byKey(authorization);
  }

  #byKey(authorization: string): Credentials {
    const key = readBearer(authorization);
    if (key === undefined) return { kind: 'fault', fault: 'malformed' };
    const { keyId, secret } = key;
    const secretHash = sha256Hex(createHash('sha256').update(secret).digest());
    const record = this.#view.adminKey(keyId);
    const fault = findAdminKeyFault(record, secretHash, this.#nowMs());
    if (fault !== undefined || record === undefined)
      return { kind: 'fault', fault: fault ?? 'unknown', keyId };
    const { role, expiresAtMs } = record;
    return { kind: 'caller', caller: { actor: { kind: 'key', id: keyId }, role, expiresAtMs } };
  }

  #byCertificate(socket: TLSSocket): Credentials {
    const certificate = this.#certificateOf(socket);
    if (certificate === undefined) return { kind: 'fault', fault: 'none' };
    const { commonName, notAfterMs } = certificate;
    if (this.#nowMs() >= notAfterMs) return { kind: 'fault', fault: 'certificate_ended' };
    const role = this.#roles.get(commonName);
    if (role === undefined) return { kind: 'fault', fault: 'certificate_unknown' };
    const actor = { kind: 'certificate', id: commonName } as const;
    return { kind: 'caller', caller: { actor, role, expiresAtMs: notAfterMs } };
  }

  /** The certificate that TLS has verified, if its subject has exactly one common name. */
  #certificateOf(socket: TLSSocket): Certificate | undefined {
    const known = this.#certificates.get(socket);
    if (known !== undefined) return known.certificate;
    const certificate = readCertificate(socket);
    this.#certificates.set(socket, { certificate });
    return certificate;
  }
}

function readBearer(authorization: string): AdminKey | undefined {
  const [, text] = /^Bearer +(\S+)$/i.exec(authorization) ?? [];
  if (text === undefined) return undefined;
  try {
    return parseAdminKey(text);
  } catch {
    return undefined;
  }
}

function readCertificate(socket: TLSSocket): Certificate | undefined {
  const certificate = socket.authorized ? socket.getPeerX509Certificate() : undefined;
  if (certificate === undefined) return undefined;
  // Several common names come as a list.
  const commonName: unknown = certificate.toLegacyObject().subject.CN;
  if (typeof commonName !== 'string') return undefined;
  return { commonName, notAfterMs: certificate.validToDate.getTime() };
}
