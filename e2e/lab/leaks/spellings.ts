// Every way in which a secret could be written down by accident.

/** @param secret bytes; a text is given as its bytes in UTF-8 */
export function spellingsOf(secret: Uint8Array): readonly Buffer[] {
  const bytes = Buffer.from(secret);
  const base64 = bytes.toString('base64');
  const texts = [
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
    // Without what depends on the bytes that follow: inside a longer text the last characters differ.
    base64.replace(/=+$/, '').slice(0, -1),
    bytes.toString('base64url').slice(0, -1),
    // As JSON writes a Buffer and a Uint8Array.
    [...bytes].join(','),
    [...bytes].map((byte, at) => `"${at}":${byte}`).join(','),
  ];
  return [bytes, ...texts.map((text) => Buffer.from(text))];
}
