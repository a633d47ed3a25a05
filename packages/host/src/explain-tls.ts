// Why no TLS connection came about, from what OpenSSL and Node say: the cause, and what to do about that cause.

import { errorCodeOf } from './host-error.ts';

/** Something answered there, but it is not the listener that was meant: trying again does not help. */
export function explainWrongListener(host: string, error: unknown): string | undefined {
  const code = errorCodeOf(error);
  if (code === 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED')
    return `${host} asks for a client certificate: this is the nodes port of a controller; enrolment is on its public port`;
  // OpenSSL's reason stands in the text alone: the code is EPROTO for all of them.
  const reason = error instanceof Error ? error.message : '';
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || /wrong version number|packet length too long/i.test(reason))
    return `${host} answers, but not in TLS: is it a port for plain HTTP? Give the controller's public port`;
  if (code === 'ERR_SSL_UNSUPPORTED_PROTOCOL' || /alert protocol version|unsupported protocol/i.test(reason))
    return `${host} does not speak TLS 1.3, as every controller does: check the address`;
  return undefined;
}

const MAX_NAMES_LENGTH = 500;

/** The certificate is one of the trusted CA and lacks the name that was asked for. */
export function explainMissingName(host: string, error: unknown): string | undefined {
  if (errorCodeOf(error) !== 'ERR_TLS_CERT_ALTNAME_INVALID') return undefined;
  const { host: asked, cert } = error as {
    readonly host?: unknown;
    readonly cert?: { readonly subjectaltname?: unknown };
  };
  const names = typeof cert?.subjectaltname === 'string' ? printable(cert.subjectaltname) : 'none';
  return `the certificate of ${host} lacks the name ${printable(String(asked))}; it has: ${names}. Use one of these, or have it added to public_names of the controller`;
}

/** The names come from the other side. */
const printable = (text: string): string => text.replace(/[^\x20-\x7e]/g, '?').slice(0, MAX_NAMES_LENGTH);
