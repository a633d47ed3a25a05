// A real certificate authority for tests, with its own keys.

import 'reflect-metadata';
import { createHash, webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

const ED25519 = { name: 'Ed25519' };
const LIFE_MS = 3_600_000;

/** The lifetime of a certificate, relative to now. */
export interface Life {
  readonly beginsInMs: number;
  readonly endsInMs: number;
}

export class TestAuthority {
  readonly #keys: webcrypto.CryptoKeyPair;
  readonly #certificate: x509.X509Certificate;

  private constructor(keys: webcrypto.CryptoKeyPair, certificate: x509.X509Certificate) {
    this.#keys = keys;
    this.#certificate = certificate;
  }

  static async create(): Promise<TestAuthority> {
    x509.cryptoProvider.set(webcrypto as never);
    const keys = await makeKeys();
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      name: 'CN=test CA',
      keys: keys as never,
      signingAlgorithm: ED25519,
      notBefore: new Date(Date.now() - 60_000),
      notAfter: new Date(Date.now() + LIFE_MS),
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey as never),
      ],
    });
    return new TestAuthority(keys, certificate);
  }

  get pem(): string {
    return this.#certificate.toString('pem');
  }

  /** SHA-256 of the public key info, as join tokens carry it. */
  get pin(): Uint8Array {
    const spki = Buffer.from(this.#certificate.publicKey.rawData);
    return new Uint8Array(createHash('sha256').update(spki).digest());
  }

  /**
   * A key and a certificate for servers on this machine.
   *
   * @param life the certificate's lifetime; by default an hour
   */
  async serverIdentity(life: Life = { beginsInMs: -60_000, endsInMs: LIFE_MS }): Promise<{
    cert: string;
    key: string;
  }> {
    const keys = await makeKeys();
    const cert = await this.#issue(keys.publicKey, [{ type: 'ip', value: '127.0.0.1' }], life);
    const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
    return { cert: cert.toString('pem'), key: pem('PRIVATE KEY', pkcs8) };
  }

  /** Issues a certificate for a request, with this URI as its only name. */
  async certify(csrPem: string, uri: string, lifeMs: number): Promise<string> {
    const csr = new x509.Pkcs10CertificateRequest(csrPem);
    if (!(await csr.verify())) throw new Error('the certificate request does not verify');
    const key = await csr.publicKey.export();
    const life = { beginsInMs: -60_000, endsInMs: lifeMs };
    const certificate = await this.#issue(key, [{ type: 'url', value: uri }], life);
    return certificate.toString('pem');
  }

  async #issue(
    publicKey: unknown,
    names: x509.JsonGeneralNames,
    { beginsInMs, endsInMs }: Life,
  ): Promise<x509.X509Certificate> {
    return x509.X509CertificateGenerator.create({
      subject: 'CN=test',
      issuer: this.#certificate.subject,
      notBefore: new Date(Date.now() + beginsInMs),
      notAfter: new Date(Date.now() + endsInMs),
      signingKey: this.#keys.privateKey as never,
      publicKey: publicKey as never,
      signingAlgorithm: ED25519,
      extensions: [
        new x509.SubjectAlternativeNameExtension(names),
        await x509.AuthorityKeyIdentifierExtension.create(this.#certificate),
      ],
    });
  }
}

async function makeKeys(): Promise<webcrypto.CryptoKeyPair> {
  return (await webcrypto.subtle.generateKey(ED25519, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair;
}

function pem(label: string, der: Buffer): string {
  return `-----BEGIN ${label}-----\n${der.toString('base64')}\n-----END ${label}-----\n`;
}
