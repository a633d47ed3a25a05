// Finds out who asks at the network door of the administration: an API key, a session of the dashboard, or a
// client certificate of the admin CA. It is asked on every request, because a key can end while its
// connection stays open.

import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { type AdminKeyFault, findAdminKeyFault, type MeshView } from '@mesh/membership';
import { sha256Hex } from '@mesh/primitives';
import { type AdminKey, type AdminKeyId, type AdminRole, parseAdminKey } from '@mesh/protocol';
import { type AdminCaller, callerOfKey, type KeyCaller } from './admin-caller.ts';
import type { AdminSessions, SessionUse } from './admin-sessions.ts';
import { presentedSession } from './session-cookie.ts';

/** Why a caller is not known. Answers do not tell these apart; the controller's log does. */
type CredentialFault =
  | 'none'
  | 'malformed'
  | AdminKeyFault
  | 'session_ended'
  | 'cross_site'
  | 'certificate_ended'
  | 'certificate_unknown';

interface Fault {
  readonly kind: 'fault';
  readonly fault: CredentialFault;
  /** What the caller gave: there may be no such key. */
  readonly keyId?: AdminKeyId;
}

export type Credentials =
  | {
      readonly kind: 'caller';
      readonly caller: AdminCaller;
      /** The token of the session that it came with. */
      readonly session?: string;
    }
  | Fault;

interface Certificate {
  readonly commonName: string;
  readonly notAfterMs: number;
}

export class AdminCredentials {
  readonly #view: MeshView;
  /** By common name. */
  readonly #roles: ReadonlyMap<string, AdminRole>;
  readonly #sessions: Pick<AdminSessions, 'find'>;
  readonly #nowMs: () => number;
  /** The certificate of a connection never changes, so it is read once. */
  readonly #certificates = new WeakMap<TLSSocket, { readonly certificate: Certificate | undefined }>();

  /** @param certificates which common names of the admin CA have which role */
  constructor(
    view: MeshView,
    certificates: readonly { readonly common_name: string; readonly role: AdminRole }[],
    sessions: Pick<AdminSessions, 'find'>,
    nowMs: () => number,
  ) {
    this.#view = view;
    this.#roles = new Map(certificates.map(({ common_name, role }) => [common_name, role]));
    this.#sessions = sessions;
    this.#nowMs = nowMs;
  }

  /**
   * A key is looked at first, then a session. Where one of them is presented, the certificate does not count.
   */
  of({ headers, socket }: IncomingMessage): Credentials {
    const { authorization } = headers;
    if (authorization !== undefined)
      return findKeyCaller(this.#view, readBearer(authorization), this.#nowMs());
    const presented = presentedSession(headers);
    if (presented.kind === 'token') return this.#bySession(presented.token, presented.use);
    if (presented.kind === 'cross_site') return { kind: 'fault', fault: 'cross_site' };
    return this.#byCertificate(socket as TLSSocket);
  }

  #bySession(token: string, use: SessionUse): Credentials {
    const found = this.#sessions.find(token, use);
    if (found === undefined) return { kind: 'fault', fault: 'session_ended' };
    return { kind: 'caller', caller: found.caller, session: token };
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

/** @param text the key as it was presented; undefined if it was not in the form of one */
export function findKeyCaller(
  view: MeshView,
  text: string | undefined,
  nowMs: number,
): { readonly kind: 'caller'; readonly caller: KeyCaller } | Fault {
  const key = readKey(text);
  if (key === undefined) return { kind: 'fault', fault: 'malformed' };
  const { keyId, secret } = key;
  const secretHash = sha256Hex(createHash('sha256').update(secret).digest());
  const record = view.adminKey(keyId);
  const fault = findAdminKeyFault(record, secretHash, nowMs);
  if (fault !== undefined || record === undefined) return { kind: 'fault', fault: fault ?? 'unknown', keyId };
  return { kind: 'caller', caller: callerOfKey(record) };
}

const readBearer = (authorization: string): string | undefined => /^Bearer +(\S+)$/i.exec(authorization)?.[1];

function readKey(text: string | undefined): AdminKey | undefined {
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
