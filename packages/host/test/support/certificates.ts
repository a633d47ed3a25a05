// Real certificates for real TLS servers: a self-signed CA, and certificates for 127.0.0.1 and for clients.

import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import {
  BasicConstraintsExtension,
  cryptoProvider,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';

cryptoProvider.set(webcrypto as unknown as Parameters<typeof cryptoProvider.set>[0]);

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const DAY_MS = 86_400_000;

export interface Identity {
  readonly cert: string;
  readonly key: string;
}

export interface TestAuthority extends Identity {
  issue(name: string, options?: LeafOptions): Promise<Identity>;
}

export interface LeafOptions {
  readonly hosts?: readonly string[];
  readonly notBefore?: Date;
  readonly notAfter?: Date;
}

export interface AuthorityOptions {
  readonly name?: string;
  readonly ca?: boolean;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
}

export async function createAuthority(options: AuthorityOptions = {}): Promise<TestAuthority> {
  const keys = await newKeys();
  const name = `CN=${options.name ?? 'Test CA'}`;
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: '01',
    name,
    keys,
    signingAlgorithm: ALGORITHM,
    ...validity(options),
    extensions: [
      new BasicConstraintsExtension(options.ca ?? true, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    ],
  });
  return {
    cert: pem(certificate),
    key: await exportKey(keys.privateKey),
    issue: async (subject, { hosts = [], ...life } = {}) => {
      const leafKeys = await newKeys();
      const leaf = await X509CertificateGenerator.create({
        serialNumber: '02',
        subject: `CN=${subject}`,
        issuer: name,
        publicKey: leafKeys.publicKey,
        signingKey: keys.privateKey,
        signingAlgorithm: ALGORITHM,
        ...validity(life),
        extensions: [
          new SubjectAlternativeNameExtension(
            hosts.map((host) => ({
              type: /^[\d.]+$/.test(host) ? ('ip' as const) : ('dns' as const),
              value: host,
            })),
          ),
        ],
      });
      return { cert: pem(leaf), key: await exportKey(leafKeys.privateKey) };
    },
  };
}

/** A certificate for the authority's own public key that another key has signed. */
export async function signedByAnother(authority: TestAuthority): Promise<string> {
  const other = await newKeys();
  const { X509Certificate: Parsed } = await import('@peculiar/x509');
  const original = new Parsed(authority.cert);
  const forged = await X509CertificateGenerator.create({
    serialNumber: '03',
    subject: original.subject,
    issuer: original.subject,
    publicKey: original.publicKey,
    signingKey: other.privateKey,
    signingAlgorithm: ALGORITHM,
    ...validity({}),
    extensions: [new BasicConstraintsExtension(true, undefined, true)],
  });
  return pem(forged);
}

function newKeys() {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}

function validity(options: Pick<LeafOptions, 'notBefore' | 'notAfter'>) {
  const now = Date.now();
  return {
    notBefore: options.notBefore ?? new Date(now - DAY_MS),
    notAfter: options.notAfter ?? new Date(now + DAY_MS),
  };
}

function pem(certificate: X509Certificate): string {
  return `${certificate.toString('pem')}\n`;
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key));
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN PRIVATE KEY-----\n${lines.join('\n')}\n-----END PRIVATE KEY-----\n`;
}
