// Computes the AEAD key of an HPKE context with node:crypto alone, to search for it in another process's
// memory. RFC 9180, sections 4 and 5.1, base mode, HKDF-SHA256 and ChaCha20-Poly1305.

import { createHmac } from 'node:crypto';

const hmac = (key: Uint8Array, ...parts: Uint8Array[]): Uint8Array => {
  const keyed = createHmac('sha256', key);
  for (const part of parts) keyed.update(part);
  return new Uint8Array(keyed.digest());
};

export function hpkeContextKey(kemId: number, sharedSecret: Uint8Array, info: Uint8Array): Uint8Array {
  const suiteId = Buffer.concat([Buffer.from('HPKE'), Buffer.from([kemId >> 8, kemId & 0xff, 0, 1, 0, 3])]);
  const labeled = (label: string) => [Buffer.from('HPKE-v1'), suiteId, Buffer.from(label)];
  const nothing = new Uint8Array(32);
  const context = Buffer.concat([
    Buffer.of(0),
    hmac(nothing, ...labeled('psk_id_hash')),
    hmac(nothing, ...labeled('info_hash'), info),
  ]);
  const secret = hmac(sharedSecret, ...labeled('secret'));
  return hmac(secret, Buffer.of(0, 32), ...labeled('key'), context, Buffer.of(1));
}
