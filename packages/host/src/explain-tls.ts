// Explains the errors of OpenSSL and Node for a failed TLS connection: the cause and what to do about it.

import { errorCodeOf } from './host-error.ts';

/** Explains that another listener answered than the intended one. To try again does not help. */
export function explainWrongListener(host: string, error: unknown): string | undefined {
  const code = errorCodeOf(error);
  if (code === 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED')
    return `${host} asks for a client certificate: this is the nodes port of a controller; enrolment is on its public port`;
  // OpenSSL's reason is only in the text: the code is EPROTO for all of them.
  const reason = error instanceof Error ? error.message : '';
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || /wrong version number|packet length too long/i.test(reason))
    return `${host} answers, but not in TLS: is it a port for plain HTTP? Give the controller's public port`;
  if (code === 'ERR_SSL_UNSUPPORTED_PROTOCOL' || /alert protocol version|unsupported protocol/i.test(reason))
    return `${host} does not speak TLS 1.3, as every controller does: check the address`;
  return undefined;
}

const MAX_NAMES_LENGTH = 500;

/** Explains that the certificate is from the trusted CA but lacks the requested name. */
function explainMissingName(host: string, error: unknown): string | undefined {
  if (errorCodeOf(error) !== 'ERR_TLS_CERT_ALTNAME_INVALID') return undefined;
  const { host: asked, cert } = error as {
    readonly host?: unknown;
    readonly cert?: { readonly subjectaltname?: unknown };
  };
  const names = typeof cert?.subjectaltname === 'string' ? printable(cert.subjectaltname) : 'none';
  return `the certificate of ${host} lacks the name ${printable(String(asked))}; it has: ${names}. Use one of these, or have it added to public_names of the controller`;
}

// The codes of OpenSSL and Node for a refused certificate
// (nodejs.org/api/tls.html#x509-certificate-error-codes).
const UNTRUSTED =
  /CERT|^UNABLE_TO_|^HOSTNAME_MISMATCH$|SELF_SIGNED|^INVALID_(CA|PURPOSE)$|^PATH_LENGTH_EXCEEDED$/;

/** Explains why this side refused the server's certificate. Each reason has its own cause. */
export function explainUntrusted(host: string, error: unknown): string | undefined {
  const missingName = explainMissingName(host, error);
  if (missingName !== undefined) return missingName;
  const code = errorCodeOf(error) ?? '';
  // Alerts (ERR_SSL_…) are the server's complaints about this side.
  if (!UNTRUSTED.test(code) || code.startsWith('ERR_SSL_')) return undefined;
  return `the certificate of ${host} is not trusted (${code}): ${untrustedAdvice(code)}`;
}

function untrustedAdvice(code: string): string {
  if (code === 'CERT_HAS_EXPIRED')
    return "it has ended by this machine's clock; set that clock right, or else restart the controller, which makes a new one";
  if (code === 'CERT_NOT_YET_VALID')
    return "it has not begun by this machine's clock; set that clock right, or else the controller's";
  if (/^UNABLE_TO_|SELF_SIGNED|CERT_SIGNATURE_FAILURE|CERT_UNTRUSTED|CERT_REJECTED/.test(code))
    return 'another CA issued it than the one that is trusted here; another controller answers there, or someone is in between';
  return "the controller's certificates do not fit together; look at its log";
}

/** Makes names printable that come from the other side. */
const printable = (text: string): string => text.replace(/[^\x20-\x7e]/g, '?').slice(0, MAX_NAMES_LENGTH);
