// The mesh's own certificate authority, with Ed25519 throughout. It issues short-lived client certificates,
// each for exactly one node, and server certificates for the controller itself.

import { isIpAddress } from '@mesh/wg';
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { encodeBase64, type NodeId } from '@mesh/primitives';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  Pkcs10CertificateRequest,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';

const ALGORITHM = { name: 'Ed25519' } as const;
/** Certificates are valid from shortly before they are made, because clocks differ. */
const BACKDATE_MS = 5 * 60_000;
const CA_YEARS_MS = 10 * 366 * 86_400_000;
const RAW_KEY_BYTES = 32;

type Keys = { readonly publicKey: webcrypto.CryptoKey; readonly privateKey: webcrypto.CryptoKey };

export interface IssuedCertificate {
  readonly pem: string;
  /** Hex. */
  readonly serial: string;
  readonly notAfterMs: number;
}

/** A certificate request is refused. The message says what is wrong with it. */
export class CertificateRequestError extends Error {
  readonly code = 'certificate_request_invalid';
  constructor(why: string) {
    super(`the certificate request ${why}`);
    this.name = 'CertificateRequestError';
  }
}

/** The beginning of the SPIFFE ids of all nodes of a mesh. */
export function spiffePrefix(meshId: string): string {
  return `spiffe://${meshId}/node/`;
}

/** The URI that a node's certificate carries as its only name. */
export function spiffeId(meshId: string, nodeId: NodeId): string {
  return `${spiffePrefix(meshId)}${nodeId}`;
}

/** Makes a CA. @returns its certificate and its private key as PKCS #8 DER, which the caller seals */
export async function createAuthority(
  meshId: string,
  nowMs: number,
): Promise<{ certificatePem: string; privateKeyPkcs8: Uint8Array }> {
  const keys = (await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])) as Keys;
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: `CN=Aligned Mesh CA, O=${meshId}`,
    notBefore: new Date(nowMs - BACKDATE_MS),
    notAfter: new Date(nowMs + CA_YEARS_MS),
    signingAlgorithm: ALGORITHM,
    keys: keys as never,
    serialNumber: newSerial(),
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey as never),
    ],
  });
  const privateKeyPkcs8 = new Uint8Array(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
  return { certificatePem: toPem(certificate), privateKeyPkcs8 };
}

export class CertificateAuthority {
  readonly certificatePem: string;
  readonly #certificate: X509Certificate;
  readonly #signingKey: webcrypto.CryptoKey;

  private constructor(certificatePem: string, signingKey: webcrypto.CryptoKey) {
    this.certificatePem = certificatePem;
    this.#certificate = new X509Certificate(certificatePem);
    this.#signingKey = signingKey;
  }

  /** @param privateKeyPkcs8 DER; the caller wipes it afterwards */
  static async open(certificatePem: string, privateKeyPkcs8: Uint8Array): Promise<CertificateAuthority> {
    const key = await webcrypto.subtle.importKey(
      'pkcs8',
      privateKeyPkcs8 as Uint8Array<ArrayBuffer>,
      ALGORITHM,
      false,
      ['sign'],
    );
    return new CertificateAuthority(certificatePem, key);
  }

  /** Checks that a request may get a certificate. @throws CertificateRequestError */
  async checkRequest(csrPem: string, identityKey: Uint8Array): Promise<void> {
    await provenKey(csrPem, identityKey);
  }

  /**
   * Issues a client certificate to a node for the key in its request.
   *
   * @param identityKey the Ed25519 key that the request must contain and be signed with, 32 bytes
   * @throws CertificateRequestError
   */
  async issueNode(request: {
    csrPem: string;
    identityKey: Uint8Array;
    meshId: string;
    nodeId: NodeId;
    nowMs: number;
    lifetimeMs: number;
  }): Promise<IssuedCertificate> {
    const publicKey = await provenKey(request.csrPem, request.identityKey);
    return this.#issue({
      subject: `CN=${request.nodeId}`,
      publicKey,
      notBeforeMs: request.nowMs - BACKDATE_MS,
      notAfterMs: request.nowMs + request.lifetimeMs,
      usage: ExtendedKeyUsage.clientAuth,
      names: [{ type: 'url', value: spiffeId(request.meshId, request.nodeId) }],
    });
  }

  /**
   * Issues a server certificate with a new key, for the names and addresses at which nodes reach the
   * controller.
   *
   * @param keyKind browsers take no Ed25519 in TLS
   */
  async issueServer(
    names: readonly string[],
    nowMs: number,
    lifetimeMs: number,
    keyKind: 'ed25519' | 'p256' = 'ed25519',
  ): Promise<IssuedCertificate & { readonly keyPem: string }> {
    const algorithm = keyKind === 'p256' ? { name: 'ECDSA', namedCurve: 'P-256' } : ALGORITHM;
    const keys = (await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as Keys;
    const issued = await this.#issue({
      subject: 'CN=mesh-controller',
      publicKey: keys.publicKey,
      notBeforeMs: nowMs - BACKDATE_MS,
      notAfterMs: nowMs + lifetimeMs,
      usage: ExtendedKeyUsage.serverAuth,
      names: names.map((value) => ({ type: isIpAddress(value) ? 'ip' : 'dns', value })),
    });
    const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
    return { ...issued, keyPem: `-----BEGIN PRIVATE KEY-----\n${der}\n-----END PRIVATE KEY-----\n` };
  }

  async #issue(wanted: {
    subject: string;
    publicKey: webcrypto.CryptoKey;
    notBeforeMs: number;
    notAfterMs: number;
    usage: ExtendedKeyUsage;
    names: { type: 'url' | 'dns' | 'ip'; value: string }[];
  }): Promise<IssuedCertificate> {
    const serial = newSerial();
    const certificate = await X509CertificateGenerator.create({
      subject: wanted.subject,
      issuer: this.#certificate.subject,
      notBefore: new Date(wanted.notBeforeMs),
      notAfter: new Date(wanted.notAfterMs),
      serialNumber: serial,
      signingAlgorithm: ALGORITHM,
      publicKey: wanted.publicKey as never,
      signingKey: this.#signingKey as never,
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        new ExtendedKeyUsageExtension([wanted.usage], true),
        new SubjectAlternativeNameExtension(wanted.names),
        await SubjectKeyIdentifierExtension.create(wanted.publicKey as never),
        await AuthorityKeyIdentifierExtension.create(this.#certificate.publicKey),
      ],
    });
    return { pem: toPem(certificate), serial, notAfterMs: wanted.notAfterMs };
  }
}

async function provenKey(csrPem: string, identityKey: Uint8Array): Promise<webcrypto.CryptoKey> {
  let request: Pkcs10CertificateRequest;
  try {
    request = new Pkcs10CertificateRequest(csrPem);
  } catch {
    throw new CertificateRequestError('cannot be read as PKCS #10');
  }
  const key = await exportRaw(request).catch(() => undefined);
  if (key === undefined) throw new CertificateRequestError('is not for an Ed25519 key');
  if (encodeBase64(key.raw) !== encodeBase64(identityKey))
    throw new CertificateRequestError('is for another key than the identity key');
  if (!(await request.verify().catch(() => false)))
    throw new CertificateRequestError('is not signed with its own key');
  return key.publicKey;
}

async function exportRaw(
  request: Pkcs10CertificateRequest,
): Promise<{ publicKey: webcrypto.CryptoKey; raw: Uint8Array }> {
  const publicKey = (await request.publicKey.export(ALGORITHM, ['verify'])) as unknown as webcrypto.CryptoKey;
  const raw = new Uint8Array(await webcrypto.subtle.exportKey('raw', publicKey));
  if (publicKey.algorithm.name !== 'Ed25519' || raw.length !== RAW_KEY_BYTES)
    throw new CertificateRequestError('is not for an Ed25519 key');
  return { publicKey, raw };
}

/** Ends with a line feed, so that certificates can be concatenated. */
const toPem = (certificate: X509Certificate): string => `${certificate.toString('pem')}\n`;

/** 128 random bits, positive (RFC 5280 section 4.1.2.2). */
function newSerial(): string {
  const bytes = webcrypto.getRandomValues(new Uint8Array(16));
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return Buffer.from(bytes).toString('hex');
}
