// Makes a certificate request for an Ed25519 key: PKCS #10 (RFC 2986) with the algorithm of RFC 8410. The
// subject is the node id alone. The controller decides what else is in the certificate.

import { concatBytes, utf8 } from '@mesh/primitives';
import type { Sign } from '@mesh/protocol';

const TAG = {
  integer: 0x02,
  bitString: 0x03,
  oid: 0x06,
  utf8String: 0x0c,
  sequence: 0x30,
  set: 0x31,
} as const;
const ATTRIBUTES = 0xa0;

/** 2.5.4.3, commonName. */
const COMMON_NAME = Uint8Array.of(0x55, 0x04, 0x03);
/** 1.3.101.112, Ed25519. As an algorithm identifier it has no parameters (RFC 8410, section 3). */
const ED25519 = Uint8Array.of(0x2b, 0x65, 0x70);

export interface CsrInput {
  readonly commonName: string;
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  readonly sign: Sign;
}

/**
 * The PEM of CertificationRequest ::= { info { version 0, subject, SPKI, [0] {} }, Ed25519, signature of info
 * }.
 */
export function createCsr({ commonName, publicKey, sign }: CsrInput): string {
  const algorithm = der(TAG.sequence, der(TAG.oid, ED25519));
  const name = der(
    TAG.sequence,
    der(TAG.set, der(TAG.sequence, der(TAG.oid, COMMON_NAME), der(TAG.utf8String, utf8(commonName)))),
  );
  const info = der(
    TAG.sequence,
    der(TAG.integer, Uint8Array.of(0)),
    name,
    der(TAG.sequence, algorithm, bitString(publicKey)),
    der(ATTRIBUTES),
  );
  return pem('CERTIFICATE REQUEST', der(TAG.sequence, info, algorithm, bitString(sign(info))));
}

/** X.690, section 8.1: tag, definite length, content. */
function der(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const content = concatBytes(...parts);
  return concatBytes(Uint8Array.of(tag), lengthOctets(content.length), content);
}

function lengthOctets(length: number): Uint8Array {
  if (length < 0x80) return Uint8Array.of(length);
  return length < 0x100 ? Uint8Array.of(0x81, length) : Uint8Array.of(0x82, length >> 8, length & 0xff);
}

/** A BIT STRING without unused bits. */
function bitString(bytes: Uint8Array): Uint8Array {
  return der(TAG.bitString, Uint8Array.of(0), bytes);
}

/** RFC 7468: lines of 64 characters. */
function pem(label: string, bytes: Uint8Array): string {
  const lines =
    Buffer.from(bytes)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}
