// Why a request to another host failed, in words that say what to do, and without the path of the URL.

import { errorCodeOf } from '@mesh/host';

/**
 * Node's codes of a certificate that is not trusted (nodejs.org/api/tls.html#x509-certificate-error-codes).
 */
const UNTRUSTED = /CERT|^UNABLE_TO_|^HOSTNAME_MISMATCH$|SELF_SIGNED|^INVALID_(CA|PURPOSE)$/;

/** @param host with its port @param cause what node:http or node:https gave */
export function explainRequest(host: string, cause: unknown): Error {
  const code = errorCodeOf(cause) ?? 'unknown';
  const isUntrusted = UNTRUSTED.test(code) && !code.startsWith('ERR_SSL_');
  return new Error(
    isUntrusted
      ? `the certificate of ${host} is not trusted (${code}): name its CA as ca_file, or mend its names and dates`
      : `${host} cannot be reached (${code}): check its address, and that it runs`,
    { cause },
  );
}
