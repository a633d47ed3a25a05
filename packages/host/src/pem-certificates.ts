/**
 * The certificates in a text, each as a PEM block of its own; empty if there is none. Other blocks are left
 * out.
 */
export function pemCertificates(text: string): readonly string[] {
  return text.match(/-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g) ?? [];
}
