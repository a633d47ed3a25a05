/**
 * First contact with a controller. It fetches the controller's CA certificate over a connection that is not
 * verified, and trusts the certificate only by the pin (SHA-256 of its public key info) that came with the
 * join token. It sends one GET, without a body and without own headers. Everything else waits for the
 * verified connection that {@link createTlsFetch} makes from the result.
 */

import { createHash, timingSafeEqual, X509Certificate } from 'node:crypto';
import { request } from 'node:https';
import { decodeBase64Url, defined, encodeBase64Url } from '@mesh/primitives';
import { explainUnreachable } from './explain-connection.ts';
import { explainWrongListener } from './explain-tls.ts';
import { errorCodeOf, HostError } from './host-error.ts';
import { pemCertificates } from './pem-certificates.ts';

export interface FetchCaOptions {
  readonly signal?: AbortSignal;
  /** The time at which the certificate must be valid. */
  readonly nowMs?: number;
}

const CA_PATH = '/v1/ca';
const PIN_BYTES = 32;
const MAX_PEM_BYTES = 65_536;

/**
 * base64url(SHA-256(DER of the SubjectPublicKeyInfo)): the pin of a PEM certificate (RFC 7469 §2.4's digest).
 */
export function spkiPin(pem: string): string {
  return pinOf(new X509Certificate(pem));
}

/**
 * @param url the controller's public listener, `https://host:port`
 * @param pins each as base64url text or as 32 bytes. There are several while a CA is being replaced; one
 *   match is enough.
 * @returns the pinned certificates only, as PEM. Everything else that the server sent is dropped, because it
 *   could add another CA next to the real one.
 * @throws HostError `pin_mismatch` (no certificate has a pinned key), `tls_untrusted` (one has, but it is not
 *   a CA, not signed by its own key, or not valid now), `connection_failed`, `wrong_listener` (another
 *   listener answers), `response_unexpected`, `response_too_large`, `invalid_argument`; the signal's reason
 *   when it aborts
 */
export async function fetchCaWithPin(
  url: string | URL,
  pins: readonly (string | Uint8Array)[],
  options: FetchCaOptions = {},
): Promise<string> {
  const digests = pins.map(parsePin);
  if (digests.length === 0)
    throw new HostError('invalid_argument', 'a pin is needed: it comes with the join token');
  const target = URL.parse(CA_PATH, String(url));
  if (target === null || target.protocol !== 'https:') {
    throw new HostError('invalid_argument', 'the controller is given as https://host:port');
  }
  const text = await getUnverified(target, options.signal);
  const pinned = parseCertificates(text, target).filter((certificate) => {
    const digest = createHash('sha256').update(spki(certificate)).digest();
    return digests.some((known) => timingSafeEqual(known, digest));
  });
  if (pinned.length === 0) {
    throw new HostError(
      'pin_mismatch',
      `${target.host} does not show the CA that the join token pins: check the address; if it is right, someone may be in between`,
    );
  }
  const nowMs = options.nowMs ?? Date.now();
  for (const certificate of pinned) checkCa(certificate, target, nowMs);
  return pinned.map((certificate) => certificate.toString()).join('');
}

function parsePin(pin: string | Uint8Array): Uint8Array {
  if (typeof pin !== 'string') {
    if (pin.length !== PIN_BYTES)
      throw new HostError('invalid_argument', `a pin has ${PIN_BYTES} bytes, not ${pin.length}`);
    return pin;
  }
  try {
    return decodeBase64Url(pin, { lengthBytes: PIN_BYTES });
  } catch (error) {
    throw new HostError(
      'invalid_argument',
      'a pin is 43 characters of base64url (32 bytes): copy the join token whole',
      {
        cause: error,
      },
    );
  }
}

/**
 * It does not check names and chain, on purpose: the caller checks the pin afterwards, and the request holds
 * no secret.
 */
function getUnverified(target: URL, signal: AbortSignal | undefined): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) => {
      if (signal?.aborted === true) reject(signal.reason);
      else if (error instanceof HostError) reject(error);
      else reject(explain(target, error));
    };
    if (signal?.aborted === true) {
      fail(undefined);
      return;
    }
    const outgoing = request(target, {
      agent: false,
      minVersion: 'TLSv1.3',
      rejectUnauthorized: false,
      ...defined({ signal }),
    });
    outgoing.on('error', fail);
    outgoing.on('response', (incoming) => {
      if (incoming.statusCode !== 200) {
        outgoing.destroy(
          new HostError(
            'response_unexpected',
            `${target.href} answers ${String(incoming.statusCode)}: is that the controller's public listener?`,
          ),
        );
        return;
      }
      let text = '';
      incoming.setEncoding('latin1');
      incoming.on('error', fail);
      incoming.on('data', (chunk: string) => {
        text += chunk;
        if (text.length > MAX_PEM_BYTES) {
          outgoing.destroy(
            new HostError('response_too_large', `${target.href} answers more than a few certificates`),
          );
        }
      });
      incoming.on('end', () => resolve(text));
    });
    outgoing.end();
  });
}

function explain({ host }: URL, error: unknown): HostError {
  const wrongListener = explainWrongListener(host, error);
  if (wrongListener !== undefined) return new HostError('wrong_listener', wrongListener, { cause: error });
  return new HostError('connection_failed', explainUnreachable(host, errorCodeOf(error) ?? 'unknown'), {
    cause: error,
  });
}

function parseCertificates(text: string, target: URL): X509Certificate[] {
  const blocks = pemCertificates(text);
  if (blocks.length === 0) {
    throw new HostError(
      'response_unexpected',
      `${target.href} holds no PEM certificate: is that the controller's public listener?`,
    );
  }
  try {
    return blocks.map((block) => new X509Certificate(block));
  } catch (error) {
    throw new HostError('response_unexpected', `${target.href} holds a certificate that cannot be parsed`, {
      cause: error,
    });
  }
}

function checkCa(certificate: X509Certificate, target: URL, nowMs: number): void {
  const refuse = (why: string, cause?: unknown) =>
    new HostError(
      'tls_untrusted',
      `the pinned certificate of ${target.host} ${why}: it cannot be used as a CA`,
      { cause },
    );
  if (!certificate.ca) throw refuse('is not a CA certificate');
  if (!certificate.checkIssued(certificate) || !certificate.verify(certificate.publicKey)) {
    throw refuse('is not signed by its own key');
  }
  if (nowMs < certificate.validFromDate.getTime() || nowMs > certificate.validToDate.getTime()) {
    // The code that OpenSSL has for it.
    const code = nowMs < certificate.validFromDate.getTime() ? 'CERT_NOT_YET_VALID' : 'CERT_HAS_EXPIRED';
    throw refuse(
      `is valid from ${certificate.validFrom} to ${certificate.validTo}, not now (check the clock)`,
      Object.assign(new Error(code), { code }),
    );
  }
}

function spki(certificate: X509Certificate): Buffer {
  return certificate.publicKey.export({ type: 'spki', format: 'der' });
}

function pinOf(certificate: X509Certificate): string {
  return encodeBase64Url(createHash('sha256').update(spki(certificate)).digest());
}
