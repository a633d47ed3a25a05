// Forges client certificates that the controller's CA would never make, signed with its real key from the
// database.

import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { concatBytes, fromHex } from '@mesh/primitives';
import {
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { openSealer } from '../../src/store/open-store.ts';
import type { NodeKeys, TestController } from './index.ts';

const ALGORITHM = { name: 'Ed25519' } as const;
const DAY_MS = 86_400_000;

export interface Forgery {
  readonly names: readonly { readonly type: 'url' | 'dns'; readonly value: string }[];
  readonly notBeforeMs?: number;
  readonly notAfterMs?: number;
  /** What the certificate says it is for; a client's if left out. */
  readonly usage?: 'client' | 'server';
  /** A node that issues it in place of the CA, with its own certificate above it. */
  readonly issuedBy?: { readonly keys: NodeKeys; readonly certificatePem: string };
}

export async function forgeCertificate(
  controller: TestController,
  keys: NodeKeys,
  forgery: Forgery,
): Promise<string> {
  const { subtle } = webcrypto;
  const row = controller.db.prepare("SELECT sealed FROM sealed_secrets WHERE name = 'ca'").get() as {
    sealed: Uint8Array;
  };
  const caKey = openSealer(controller.config).open('controller-key', 'ca', row.sealed);
  const { issuedBy } = forgery;
  const issuerKey = issuedBy === undefined ? Buffer.from(caKey) : derOf(issuedBy.keys.keyPem);
  const issuerPem = issuedBy?.certificatePem ?? controller.caPem;
  const signingKey = await subtle.importKey('pkcs8', issuerKey, ALGORITHM, false, ['sign']);
  const spki = Buffer.from(concatBytes(fromHex('302a300506032b6570032100'), keys.identityKey));
  const publicKey = await subtle.importKey('spki', spki, ALGORITHM, true, ['verify']);
  const certificate = await X509CertificateGenerator.create({
    subject: 'CN=forged',
    issuer: new X509Certificate(issuerPem).subject,
    notBefore: new Date(forgery.notBeforeMs ?? Date.now() - DAY_MS),
    notAfter: new Date(forgery.notAfterMs ?? Date.now() + DAY_MS),
    serialNumber: '4242',
    signingAlgorithm: ALGORITHM,
    publicKey: publicKey as never,
    signingKey: signingKey as never,
    extensions: [
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([USAGES[forgery.usage ?? 'client']], true),
      ...(forgery.names.length === 0 ? [] : [new SubjectAlternativeNameExtension([...forgery.names])]),
    ],
  });
  return `${certificate.toString('pem')}\n${issuedBy?.certificatePem ?? ''}`;
}

const USAGES = { client: ExtendedKeyUsage.clientAuth, server: ExtendedKeyUsage.serverAuth } as const;

const derOf = (pem: string): Buffer => Buffer.from(pem.replace(/-----[A-Z ]+-----|\s/g, ''), 'base64');
