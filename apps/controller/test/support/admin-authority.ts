// A CA of administrators, made by a test, and certificates of it.

import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';

const ALGORITHM = { name: 'Ed25519' } as const;
const DAY_MS = 86_400_000;

export interface AdminCertificate {
  readonly cert: string;
  readonly certKey: string;
}

export interface CertificateOptions {
  readonly uri?: string;
  readonly notAfterMs?: number;
  /** An Ed25519 public key, 32 bytes; by default a new one. */
  readonly identityKey?: Uint8Array;
}

export interface TestAdminAuthority {
  readonly pem: string;
  /** Writes the certificate into a folder. @returns the path */
  write(folder: string): string;
  issue(subject: string, options?: CertificateOptions): Promise<AdminCertificate>;
}

const newKeys = () =>
  webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']) as Promise<CryptoKeyPair>;
type CryptoKeyPair = { publicKey: webcrypto.CryptoKey; privateKey: webcrypto.CryptoKey };

export async function testAdminAuthority(): Promise<TestAdminAuthority> {
  const caKeys = await newKeys();
  const ca = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=Administrators',
    notBefore: new Date(Date.now() - DAY_MS),
    notAfter: new Date(Date.now() + 365 * DAY_MS),
    signingAlgorithm: ALGORITHM,
    keys: caKeys as never,
    extensions: [new BasicConstraintsExtension(true, undefined, true)],
  });
  const pem = `${ca.toString('pem')}\n`;
  return {
    pem,
    write: (folder) => {
      const path = join(folder, 'admin-ca.pem');
      writeFileSync(path, pem);
      return path;
    },
    issue: async (subject, { uri, identityKey, notAfterMs = Date.now() + DAY_MS } = {}) => {
      const keys = await newKeys();
      const certificate = await X509CertificateGenerator.create({
        subject,
        issuer: ca.subject,
        notBefore: new Date(Date.now() - 2 * DAY_MS),
        notAfter: new Date(notAfterMs),
        signingAlgorithm: ALGORITHM,
        publicKey: (identityKey === undefined ? keys.publicKey : await publicKeyOf(identityKey)) as never,
        signingKey: caKeys.privateKey as never,
        extensions: [
          new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth], true),
          ...(uri === undefined ? [] : [new SubjectAlternativeNameExtension([{ type: 'url', value: uri }])]),
        ],
      });
      const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
      return {
        cert: `${certificate.toString('pem')}\n`,
        certKey: `-----BEGIN PRIVATE KEY-----\n${der}\n-----END PRIVATE KEY-----\n`,
      };
    },
  };
}

const publicKeyOf = (raw: Uint8Array) =>
  webcrypto.subtle.importKey('raw', raw as Uint8Array<ArrayBuffer>, ALGORITHM, true, ['verify']);
