// The CAs that are trusted: one, or two in a CA rotation, while another takes the place of the first. The
// nodes' certificates then come from the next one; the controller's own come from the present one until the
// end, because nodes that have not renewed their certificates yet know no other.

import { X509Certificate } from 'node:crypto';
import { spkiPin } from '@mesh/host';
import type { CertificateAuthority, IssuedCertificate } from './certificate-authority.ts';

/** Called when the trusted CAs have changed; resolves when connections are checked against them. */
type ChangeListener = () => Promise<void>;

interface TrustedCa {
  readonly authority: CertificateAuthority;
  readonly certificate: X509Certificate;
  readonly pin: string;
}

export class MeshAuthority {
  #present: TrustedCa;
  #next: TrustedCa | undefined;
  /** Not before every listener takes its certificates. */
  #issuesByNext: boolean;
  readonly #listeners = new Set<ChangeListener>();

  /** @param next the CA of a rotation that is under way */
  constructor(present: CertificateAuthority, next?: CertificateAuthority) {
    this.#present = trusted(present);
    this.#next = next && trusted(next);
    this.#issuesByNext = next !== undefined;
  }

  /** Of the CA that the controller's own certificates come from. */
  get certificatePem(): string {
    return this.#present.authority.certificatePem;
  }
  /** Of every trusted CA, one after the other. */
  get trustedPem(): string {
    return this.#trusted()
      .map(({ authority }) => authority.certificatePem)
      .join('');
  }
  /** Of every trusted CA, base64url. */
  get pins(): readonly string[] {
    return this.#trusted().map(({ pin }) => pin);
  }
  get pin(): string {
    return this.#present.pin;
  }
  get nextPin(): string | undefined {
    return this.#next?.pin;
  }

  /** The pin of the trusted CA that has signed a certificate; undefined if none has. */
  issuerOf(certificate: X509Certificate): string | undefined {
    return this.#trusted().find((ca) => certificate.verify(ca.certificate.publicKey))?.pin;
  }

  isTrusted(pin: string): boolean {
    return this.pins.includes(pin);
  }

  /** @returns what ends the subscription */
  onChange(listener: ChangeListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Trusts another CA too, and lets it issue the nodes' certificates. It is on disk already. */
  async trustNext(next: CertificateAuthority): Promise<void> {
    this.#next = trusted(next);
    await this.#changed();
    this.#issuesByNext = true;
  }

  /** Trusts only the next CA from now on. That is on disk already. */
  async finish(): Promise<void> {
    if (this.#next === undefined) return;
    this.#present = this.#next;
    this.#next = undefined;
    this.#issuesByNext = false;
    await this.#changed();
  }

  checkRequest(...request: Parameters<CertificateAuthority['checkRequest']>): Promise<void> {
    return this.#present.authority.checkRequest(...request);
  }
  issueNode(...request: Parameters<CertificateAuthority['issueNode']>): Promise<IssuedCertificate> {
    const { authority } = (this.#issuesByNext ? this.#next : undefined) ?? this.#present;
    return authority.issueNode(...request);
  }
  issueServer(
    ...request: Parameters<CertificateAuthority['issueServer']>
  ): ReturnType<CertificateAuthority['issueServer']> {
    return this.#present.authority.issueServer(...request);
  }

  #trusted(): readonly TrustedCa[] {
    return this.#next === undefined ? [this.#present] : [this.#present, this.#next];
  }
  async #changed(): Promise<void> {
    await Promise.all([...this.#listeners].map((listener) => listener()));
  }
}

function trusted(authority: CertificateAuthority): TrustedCa {
  const { certificatePem } = authority;
  return { authority, certificate: new X509Certificate(certificatePem), pin: spkiPin(certificatePem) };
}
