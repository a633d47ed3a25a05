// Every way in which a secret could be written down by accident.

/** @param secret bytes; a text is given as its bytes in UTF-8 */
export function spellingsOf(secret: Uint8Array): readonly Buffer[] {
  const bytes = Buffer.from(secret);
  const texts = [
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
    // It may stand anywhere within what was encoded.
    ...[0, 1, 2].flatMap((before) => [
      withinBase64(bytes, before, 'base64'),
      withinBase64(bytes, before, 'base64url'),
    ]),
    // As JSON writes a Buffer and a Uint8Array.
    [...bytes].join(','),
    [...bytes].map((byte, at) => `"${at}":${byte}`).join(','),
  ];
  return [bytes, ...texts.map((text) => Buffer.from(text))];
}

/**
 * The characters that these bytes alone decide.
 *
 * @param before how many bytes stand before them, modulo 3
 */
function withinBase64(bytes: Buffer, before: number, encoding: 'base64' | 'base64url'): string {
  const text = Buffer.concat([Buffer.alloc(before), bytes]).toString(encoding);
  return text.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
}
